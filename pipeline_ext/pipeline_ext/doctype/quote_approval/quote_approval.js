frappe.ui.form.on("Quote Approval", {
	setup(frm) {
		frm.approval_panel = new pipeline_ext.ApprovalPanel(
			frm,
			(approval) => frappe.xcall("pipeline_ext.api.view_approval", { approval }),
			{ unfolded: true }
		);
	},

	refresh(frm) {
		const told_by_panel = ["comment", "measures", "steps", "lines", "decisions"];
		frm.disable_save();
		frm.toggle_display(
			told_by_panel.map((part) => `section_${part}`),
			false
		);
		frm.page.set_indicator(__(frm.doc.status), pipeline_ext.ApprovalStatus.COLOURS[frm.doc.status]);
		frm.approval_panel.refresh();
	},
});
