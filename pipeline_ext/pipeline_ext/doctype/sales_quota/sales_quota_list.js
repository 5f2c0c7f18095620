frappe.listview_settings["Sales Quota"] = {
	hide_name_column: true,
	add_fields: ["from_date", "to_date"],

	get_indicator({ from_date, to_date }) {
		const today = frappe.datetime.get_today();
		if (to_date < today) {
			return [__("Over"), "gray", "to_date,<,Today"];
		}
		return from_date > today
			? [__("To Come"), "blue", "from_date,>,Today"]
			: [__("Running"), "green", "from_date,<=,Today|to_date,>=,Today"];
	},
};
