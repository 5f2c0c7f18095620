frappe.ui.form.on("Opportunity", {
	setup(frm) {
		frm.stage_path = new pipeline_ext.StagePath(frm, "sales_stage");
	},

	refresh(frm) {
		frm.stage_path.refresh();
	},
});
