frappe.ui.form.on("Quote Approval Policy", {
	setup(frm) {
		frm.offered = new pipeline_ext.PolicyOptions(frm);
		frm.set_query("role", "rules", () => ({ filters: { disabled: 0 } }));
		frm.set_query("user", "rules", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},

	refresh(frm) {
		frm.offered.load();
		if (frm.is_new()) {
			return;
		}
		const trial = new pipeline_ext.PolicyTrial(frm);
		frm.add_custom_button(__("Try on a Quotation"), () => trial.on_quotation());
		frm.add_custom_button(__("Try on the Last 90 Days"), () => trial.on_recent(90));
	},
});

frappe.ui.form.on("Quote Approval Rule", {
	/** Who must agree, and when, is chosen in the open row. */
	rules_add(frm, cdt, cdn) {
		frm.get_field("rules").grid.grid_rows_by_docname[cdn].toggle_view(true);
	},

	form_render(frm, cdt, cdn) {
		frm.offered.fit_rule(frappe.get_doc(cdt, cdn));
	},

	measure(frm, cdt, cdn) {
		frm.offered.adapt_measure(frappe.get_doc(cdt, cdn));
	},

	approver_type(frm, cdt, cdn) {
		frm.offered.adapt_approver(frappe.get_doc(cdt, cdn));
	},

	needed(frm, cdt, cdn) {
		const row = frappe.get_doc(cdt, cdn);
		if (row.needed !== "A number") {
			frm.offered.change(row, "number_needed", 0);
		}
	},

	approval_group(frm, cdt, cdn) {
		const row = frappe.get_doc(cdt, cdn);
		if (!row.approval_group) {
			frm.offered.change(row, "level", 1);
		}
	},
});

frappe.ui.form.on("Pipeline Condition", {
	field(frm, cdt, cdn) {
		frm.offered.adapt("conditions", frappe.get_doc(cdt, cdn));
	},
});
