frappe.provide("pipeline_ext");

/** The approval above the form of what needs it: how it stands, why, and what can be done about it. */
pipeline_ext.ApprovalPanel = class ApprovalPanel {
	/** `load()` fetches the approval, as one call to the server. */
	constructor(frm, load, { unfolded = false } = {}) {
		this.frm = frm;
		this.load = load;
		this.unfolded = unfolded;
	}

	async refresh() {
		this.remove();
		const { docname } = this.frm;
		if (this.frm.is_new() || this.frm.doc.docstatus > 1) {
			return;
		}
		const approval = await this.load(docname);
		if (docname === this.frm.docname && (approval.policy || approval.approval)) {
			this.show(approval);
		}
	}

	remove() {
		this.frm.layout.wrapper.siblings(".pe-approval").remove();
	}

	show(approval) {
		this.remove();
		this.approval = approval;
		this.actions = new pipeline_ext.QuoteApprovalActions(approval, {
			frm: this.frm,
			done: () => this.frm.reload_doc(),
		});
		const colour = pipeline_ext.ApprovalStatus.COLOURS[approval.status];
		const look = `pe-approval pe-look-${colour}`;
		this.$panel = $(`<section class="${look}" aria-label="${__("Approval")}">${this.html}</section>`);
		this.$panel.insertBefore(this.frm.layout.wrapper);
		this.$panel.on("click", "[data-action]", ({ currentTarget }) =>
			this.actions.act(currentTarget.getAttribute("data-action"))
		);
	}

	get html() {
		const view = new pipeline_ext.ApprovalView(this.approval);
		const { folded } = pipeline_ext.ApprovalView;
		if (!this.approval.steps.length) {
			return this.head_html;
		}
		return [
			this.head_html,
			view.comment_html,
			view.question_html,
			view.figures_html,
			view.steps_html,
			folded(__("Line by line"), view.lines_html, this.unfolded),
			folded(__("What was said and done"), view.log_html, this.unfolded),
		].join("");
	}

	get head_html() {
		const { status } = this.approval;
		return `<div class="pe-approval-head">
			${pipeline_ext.ApprovalStatus.pill(status, __("Approval: {0}", [__(status)]))}
			<span class="pe-approval-lead">${this.lead}</span>
			<span class="pe-approval-buttons">${this.actions.buttons_html("btn-sm")}</span>
		</div>`;
	}

	/** One sentence on how it stands. */
	get lead() {
		const policy = frappe.utils.escape_html(this.approval.policy);
		const leads = {
			"Not Required": () => __("Nothing in it goes beyond {0}.", [policy]),
			Required: () => __("It goes beyond {0}. Ask before it is submitted.", [policy]),
			Pending: () => __("Waits for {0}.", [this.asked_now]),
			Approved: () => __("It may be submitted, as long as nothing in it gets worse."),
			Rejected: () => __("{0} Change it, then ask again.", [this.reason]),
			Recalled: () => __("The request was taken back. Ask again when it is ready."),
			Closed: () => __("Nobody is asked any more."),
			Stale: () => __("Changed since it was asked for. To be asked again: {0}.", [this.to_ask]),
		};
		return leads[this.approval.status]();
	}

	get asked_now() {
		const pending = this.approval.steps.filter((step) => step.status === "Pending");
		return this.listed(pending.flatMap((step) => step.approvers));
	}

	get to_ask() {
		const again = this.approval.steps.filter((step) => step.verdict === "asks");
		return this.listed(again.map((step) => __(step.title)));
	}

	get reason() {
		const rejection = this.approval.decisions.findLast(({ decision }) => decision === "Rejected");
		return rejection
			? frappe.utils.escape_html(__("{0} said no: {1}.", [rejection.user, rejection.comment]))
			: "";
	}

	listed(names) {
		return frappe.utils.escape_html(frappe.utils.comma_and([...new Set(names)]));
	}
};
