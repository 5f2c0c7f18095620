frappe.listview_settings["Criterion Evidence"] = {
	hide_name_column: true,
};
