frappe.ui.form.on("Quotation", {
	setup(frm) {
		frm.approval_panel = new pipeline_ext.ApprovalPanel(frm, (quotation) =>
			frappe.xcall("pipeline_ext.api.preview_approval", { quotation })
		);
	},

	refresh(frm) {
		frm.approval_panel.refresh();
	},
});
