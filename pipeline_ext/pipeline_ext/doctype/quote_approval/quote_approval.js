frappe.ui.form.on("Quote Approval", {
	async refresh(frm) {
		frm.disable_save();
		const indicator = pipeline_ext.QuoteApprovalActions.INDICATORS[frm.doc.status];
		frm.page.set_indicator(__(frm.doc.status), indicator);
		if (frm.doc.status !== "Pending") {
			return;
		}
		const actions = new pipeline_ext.QuoteApprovalActions(frm, frm.doc.quotation);
		if ((await actions.load()) && actions.preview.approval === frm.docname) {
			actions.add_decision_buttons();
		}
	},
});
