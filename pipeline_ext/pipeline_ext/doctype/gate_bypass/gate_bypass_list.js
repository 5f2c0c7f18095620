frappe.listview_settings["Gate Bypass"] = {
	add_fields: ["enabled", "until"],

	get_indicator({ enabled, until }) {
		if (!enabled) {
			return [__("Disabled"), "gray", "enabled,=,0"];
		}
		return until < frappe.datetime.get_today()
			? [__("Over"), "gray", "until,<,Today"]
			: [__("Open"), "orange", "enabled,=,1|until,>=,Today"];
	},
};
