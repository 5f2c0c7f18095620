frappe.listview_settings["Forecast Adjustment"] = { hide_name_column: true };
