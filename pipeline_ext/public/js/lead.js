frappe.ui.form.on("Lead", {
	setup(frm) {
		frm.stage_path = new pipeline_ext.StagePath(frm, "pe_lead_stage");
	},

	refresh(frm) {
		frm.stage_path.refresh();
	},
});
