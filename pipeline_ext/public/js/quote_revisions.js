frappe.provide("pipeline_ext");

/** What the form of a quotation says of its revisions, and offers. */
pipeline_ext.QuoteRevisions = class QuoteRevisions {
	constructor(frm) {
		this.frm = frm;
	}

	refresh() {
		const { docstatus } = this.frm.doc;
		this.introduce();
		if (docstatus === 1 && this.frm.has_perm("write")) {
			this.add_button(__("Make a Revision"), () => this.make());
		}
		if (docstatus || this.frm.doc.pe_revision_of) {
			this.add_button(__("Compare Revisions"), () => this.compare());
		}
	}

	add_button(label, action) {
		this.frm.add_custom_button(label, action, __("Revisions"));
	}

	introduce() {
		const { docstatus, pe_revision_of: old, pe_superseded_by: successor } = this.frm.doc;
		if (docstatus === 2 && successor) {
			this.frm.set_intro(__("{0} has taken its place.", [this.link(successor)]), "orange");
		} else if (docstatus === 0 && old && !this.frm.is_new()) {
			const text = __("A revision of {0}, which stays valid until this one is submitted.", [
				this.link(old),
			]);
			this.frm.set_intro(text, "blue");
		}
	}

	link(quotation) {
		return frappe.utils.get_form_link("Quotation", quotation, true);
	}

	async make() {
		const name = await frappe.xcall("pipeline_ext.api.make_revision", { quotation: this.frm.doc.name });
		frappe.set_route("Form", "Quotation", name);
	}

	compare() {
		const { name } = this.frm.doc;
		const dialog = new frappe.ui.Dialog({
			title: __("Revisions of {0}", [frappe.utils.escape_html(name)]),
			size: "extra-large",
			fields: [{ fieldname: "comparison", fieldtype: "HTML" }],
			primary_action_label: __("Open as a Page"),
			primary_action: () => {
				dialog.hide();
				frappe.set_route("quote-revisions", name, ...this.compared);
			},
		});
		dialog.show();
		const { $wrapper } = dialog.fields_dict.comparison;
		new pipeline_ext.RevisionComparison($wrapper, name, (...compared) => {
			this.compared = compared;
		}).show();
	}
};

frappe.ui.form.on("Quotation", {
	setup(frm) {
		frm.quote_revisions = new pipeline_ext.QuoteRevisions(frm);
	},

	refresh(frm) {
		frm.quote_revisions.refresh();
	},
});
