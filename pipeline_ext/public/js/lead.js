frappe.ui.form.on("Lead", {
	setup(frm) {
		frm.stage_path = new pipeline_ext.StagePath(frm);
	},

	refresh(frm) {
		frm.stage_path.refresh();
	},
});
