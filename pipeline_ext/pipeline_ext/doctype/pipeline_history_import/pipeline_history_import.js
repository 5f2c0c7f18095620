frappe.ui.form.on("Pipeline History Import", {
	refresh(frm) {
		frm.set_query("document_type", () => ({ filters: { name: ["in", ["Opportunity", "Lead"]] } }));
		frm.set_query("pipeline", () => ({
			filters: { document_type: frm.doc.document_type, published_version: ["is", "set"] },
		}));
		if (frm.is_new()) {
			frm.set_intro(__("Attach the file and save, then check what importing it would do."), "blue");
			return;
		}
		if (frm.doc.status === "Running") {
			frm.set_intro(__("It is running. The result appears here."), "blue");
			return;
		}
		if (frm.perm[0].write) {
			frm.add_custom_button(__("Check"), () => frm.events.start(frm, "check_file"));
			frm.add_custom_button(__("Import"), () => frm.events.confirm_import(frm)).addClass("btn-primary");
		}
	},

	confirm_import(frm) {
		const question = __("The ledger only grows: what is imported stays there. Import the history?");
		frappe.confirm(question, () => frm.events.start(frm, "import_file"));
	},

	async start(frm, method) {
		if (frm.is_dirty()) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
			return;
		}
		await frm.call({ method, doc: frm.doc, freeze: true });
		frm.reload_doc();
	},
});
