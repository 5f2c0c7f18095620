frappe.ui.form.on("Quotation", {
	async refresh(frm) {
		if (frm.is_new() || frm.doc.docstatus > 1) {
			return;
		}
		const actions = new pipeline_ext.QuoteApprovalActions(frm, frm.docname);
		if (!(await actions.load()) || actions.preview.status === "Not Required") {
			return;
		}
		frm.set_intro(frm.events.approval_intro(actions.preview), actions.indicator);
		actions.add_request_button(__("Approval"));
		actions.add_decision_buttons(__("Approval"));
	},

	approval_intro(preview) {
		const steps = preview.steps.map((step) =>
			__("{0}: {1}, allowed up to {2}. Approver: {3}", [
				frappe.utils.escape_html(step.title),
				format_number(step.measured, null, 2),
				format_number(step.threshold, null, 2),
				frappe.utils.escape_html(__(step.approver)),
			])
		);
		const link = preview.approval
			? frappe.utils.get_form_link("Quote Approval", preview.approval, true)
			: "";
		return [`<b>${__("Approval")}: ${__(preview.status)}</b> ${link}`, ...steps].join("<br>");
	},
});
