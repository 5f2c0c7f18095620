frappe.listview_settings["Quote Approval"] = {
	get_indicator({ status }) {
		return [__(status), pipeline_ext.ApprovalStatus.COLOURS[status], `status,=,${status}`];
	},

	formatters: {
		deadline: (deadline) => (deadline ? frappe.datetime.str_to_user(deadline, false, true) : ""),
		requested_by: (user) => frappe.utils.escape_html(frappe.user.full_name(user)),
	},

	onload(listview) {
		listview.page.add_inner_button(__("My Approvals"), () => frappe.set_route("my-approvals"));
	},
};
