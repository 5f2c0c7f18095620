frappe.ui.form.on("Forecast Adjustment", {
	setup: (frm) => frm.set_query("pipeline", () => ({ filters: { document_type: "Opportunity" } })),

	onload(frm) {
		if (frm.is_new() && !frm.doc.deal_owner) {
			frm.set_value("deal_owner", frappe.session.user);
		}
	},

	refresh(frm) {
		if (!frm.is_new()) {
			frm.disable_form();
		}
	},
});
