frappe.ui.form.on("Sales Order", {
	setup(frm) {
		frm.approval_panel = new pipeline_ext.ApprovalPanel(frm, (sales_order) =>
			frappe.xcall("pipeline_ext.api.preview_order_approval", { sales_order })
		);
	},

	refresh(frm) {
		frm.approval_panel.refresh();
	},
});
