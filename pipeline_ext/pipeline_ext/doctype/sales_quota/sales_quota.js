frappe.ui.form.on("Sales Quota", {
	setup: (frm) => frm.set_query("pipeline", () => ({ filters: { document_type: "Opportunity" } })),
});
