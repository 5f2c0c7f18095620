// Adds the approval to ERPNext's own list of quotations.

frappe.listview_settings["Quotation"] = {
	...frappe.listview_settings["Quotation"],
	formatters: {
		...frappe.listview_settings["Quotation"]?.formatters,
		pe_approval_status: (status) => pipeline_ext.ApprovalStatus.in_list(status, "pe_approval_status"),
	},
};
