frappe.provide("pipeline_ext");

/** What the session's user may do about an approval; `done()` is called after each deed. */
pipeline_ext.QuoteApprovalActions = class QuoteApprovalActions {
	static REQUESTS = {
		Quotation: { method: "request_approval", link: "quotation" },
		"Sales Order": { method: "request_order_approval", link: "sales_order" },
	};

	/** `frm` is the form of what is asked for, where there is one. */
	constructor(approval, { frm = null, done }) {
		this.approval = approval;
		this.frm = frm;
		this.done = done;
	}

	/** [action, label, look], the likeliest first. */
	get buttons() {
		const { may_request, may_decide, may_answer, may_ask, may_hand_over, may_recall, alone } = this.approval;
		return [
			may_request && ["request", alone ? __("Grant It Myself") : __("Request Approval"), "primary"],
			may_answer && ["answer", __("Answer"), "primary"],
			may_decide && ["approve", __("Approve"), "primary"],
			may_decide && ["reject", __("Reject"), "danger"],
			may_ask && ["ask", __("Ask a Question"), "default"],
			may_hand_over && ["hand_over", __("Hand Over"), "default"],
			may_recall && !may_decide && ["recall", __("Recall"), "default"],
		].filter(Boolean);
	}

	buttons_html(size) {
		return this.buttons
			.map(
				([action, label, look]) =>
					`<button type="button" class="btn ${size} btn-${look}" data-action="${action}">${label}</button>`
			)
			.join("");
	}

	act(action) {
		return this[action]();
	}

	request() {
		if (this.frm.is_dirty()) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
			return;
		}
		const { method, link } = pipeline_ext.QuoteApprovalActions.REQUESTS[this.frm.doctype];
		const view = new pipeline_ext.ApprovalView(this.approval);
		const lead = this.approval.alone
			? __("All of it is within your own authority. It is granted at once, and recorded.")
			: __("These people are asked, and nobody else. Levels of one group are asked in their order.");
		const html = `<div class="pe-decision"><p>${lead}</p>${view.figures_html}${view.steps_html}</div>`;
		this.prompt(
			this.approval.alone ? __("Grant It Myself") : __("Request Approval"),
			__("Why is it worth it?"),
			({ comment }) => this.call(method, { [link]: this.frm.docname, comment }),
			{ before: [{ fieldname: "what", fieldtype: "HTML", options: html }] }
		);
	}

	approve() {
		this.decide("approve", __("Approve"), __("Comment"));
	}

	reject() {
		this.decide("reject", __("Reject"), __("Why? What has to change?"), { reqd: 1 });
	}

	decide(decision, label, question, options = {}) {
		this.prompt(label, question, ({ comment }) => this.call("decide", { ...this.named, decision, comment }), {
			...options,
			title: `${label}: ${frappe.utils.escape_html(__(this.approval.decides_on))}`,
		});
	}

	ask() {
		this.prompt(
			__("Ask a Question"),
			__("What do you need to know?"),
			({ comment }) => this.call("ask_question", { ...this.named, question: comment }),
			{ reqd: 1 }
		);
	}

	answer() {
		this.prompt(
			__("Answer"),
			frappe.utils.escape_html(this.approval.question || __("Your answer")),
			({ comment }) => this.call("answer_question", { ...this.named, answer: comment }),
			{ reqd: 1 }
		);
	}

	hand_over() {
		const to_user = { fieldname: "to_user", fieldtype: "Link", options: "User", label: __("To"), reqd: 1 };
		this.prompt(
			__("Hand Over"),
			__("Why? What should they know?"),
			({ to_user, comment }) => this.call("hand_over", { ...this.named, to_user, comment }),
			{ before: [to_user] }
		);
	}

	recall() {
		frappe.confirm(__("Take the request back? Who was asked need not answer any more."), () =>
			this.call("recall_approval", this.named)
		);
	}

	get named() {
		return { approval: this.approval.approval };
	}

	/** Asks for a text, after the fields `before`, and goes on with what is entered. */
	prompt(label, question, then, { before = [], reqd = 0, title = label } = {}) {
		const comment = { fieldname: "comment", fieldtype: "Small Text", label: question, reqd };
		frappe.prompt([...before, comment], then, title, label);
	}

	async call(method, args) {
		await frappe.call({ method: `pipeline_ext.api.${method}`, args, freeze: true }).catch(() => {
			// frappe.call has shown the refusal
		});
		this.done();
	}
};
