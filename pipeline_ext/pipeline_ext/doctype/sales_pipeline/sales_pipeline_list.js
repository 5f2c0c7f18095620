frappe.listview_settings["Sales Pipeline"] = {
	hide_name_column: true,
	add_fields: ["enabled", "mode", "published_version"],

	get_indicator({ enabled, mode, published_version }) {
		if (!enabled) {
			return [__("Disabled"), "gray", "enabled,=,0"];
		}
		if (!published_version) {
			return [__("Draft"), "orange", "published_version,is,not set"];
		}
		const colours = { Enforce: "green", Warn: "yellow", Off: "gray" };
		return [__(mode), colours[mode], `mode,=,${mode}`];
	},

	onload(listview) {
		if (frappe.model.can_create("Sales Pipeline")) {
			listview.page.add_inner_button(__("Import from JSON"), () =>
				pipeline_ext.pipeline_exchange.import()
			);
		}
	},
};
