frappe.provide("pipeline_ext");

pipeline_ext.QuoteApprovalActions = class QuoteApprovalActions {
	static INDICATORS = {
		Required: "orange",
		Pending: "yellow",
		Approved: "green",
		Rejected: "red",
		Recalled: "gray",
		Stale: "orange",
	};

	constructor(frm, quotation) {
		this.frm = frm;
		this.quotation = quotation;
	}

	async load() {
		const name = this.frm.docname;
		this.preview = await frappe.xcall("pipeline_ext.api.preview_approval", {
			quotation: this.quotation,
		});
		return name === this.frm.docname;
	}

	get indicator() {
		return QuoteApprovalActions.INDICATORS[this.preview.status];
	}

	get waiting() {
		return this.preview.status === "Pending";
	}

	add_request_button(group) {
		const settled = ["Not Required", "Pending", "Approved"].includes(this.preview.status);
		if (this.preview.may_request && !settled) {
			this.frm.add_custom_button(__("Request Approval"), () => this.request(), group);
		}
	}

	add_decision_buttons(group) {
		if (this.waiting && this.preview.may_decide) {
			this.frm.add_custom_button(__("Approve"), () => this.decide("approve", __("Approve")), group);
			this.frm.add_custom_button(__("Reject"), () => this.decide("reject", __("Reject")), group);
		}
		if (this.preview.may_recall) {
			this.frm.add_custom_button(__("Recall Request"), () => this.recall(), group);
		}
	}

	request() {
		if (this.frm.is_dirty()) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
			return;
		}
		const { discount_amount, discount_percent, list_value, currency } = this.preview;
		const given = __("This quotation gives away {0} ({1} %) of a list value of {2}.", [
			format_currency(discount_amount, currency),
			format_number(discount_percent, null, 2),
			format_currency(list_value, currency),
		]);
		this.ask(
			[
				{ fieldname: "given", fieldtype: "HTML", options: `<p>${given}</p>` },
				{ fieldname: "comment", fieldtype: "Small Text", label: __("Why is it worth it?") },
			],
			__("Request Approval"),
			({ comment }) => this.call("request_approval", { quotation: this.quotation, comment })
		);
	}

	decide(decision, label) {
		const reqd = decision === "reject" ? 1 : 0;
		this.ask(
			[{ fieldname: "comment", fieldtype: "Small Text", label: __("Comment"), reqd }],
			label,
			({ comment }) => this.call("decide", { approval: this.preview.approval, decision, comment })
		);
	}

	recall() {
		return this.call("recall_approval", { approval: this.preview.approval });
	}

	ask(fields, label, then) {
		frappe.prompt(fields, then, label, label);
	}

	async call(method, args) {
		await frappe.call({ method: `pipeline_ext.api.${method}`, args }).catch(() => {
			// frappe.call has shown the refusal
		});
		this.frm.reload_doc();
	}
};
