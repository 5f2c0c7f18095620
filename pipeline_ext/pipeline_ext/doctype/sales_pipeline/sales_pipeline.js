frappe.ui.form.on("Sales Pipeline", {
	async refresh(frm) {
		frm.set_query("document_type", () => ({ filters: { name: ["in", ["Opportunity", "Lead"]] } }));
		frm.set_query("linked_doctype", "criteria", () => ({ filters: { istable: 0, issingle: 0 } }));
		if (frm.is_new()) {
			frm.set_intro(__("Save the stages and criteria as a draft, then publish."), "blue");
			return;
		}
		if (frm.perm[0].write) {
			frm.add_custom_button(__("Publish"), () => frm.events.publish(frm)).addClass("btn-primary");
		}
		const fields = await frappe.xcall("pipeline_ext.api.comparable_fields", {
			doctype: frm.doc.document_type,
		});
		frm.fields_dict.criteria.grid.update_docfield_property("field", "options", fields);
	},

	publish(frm) {
		if (frm.is_dirty()) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
			return;
		}
		const question = __(
			"New opportunities will follow this definition. Those in flight stay on the version they started with."
		);
		frappe.confirm(question, async () => {
			const { message } = await frm.call("publish");
			frappe.show_alert({ message: __("Published as {0}", [message]), indicator: "green" });
			frm.reload_doc();
		});
	},
});
