frappe.provide("pipeline_ext");

/** What waits for the session's user, the most urgent first, as cards with buttons. */
pipeline_ext.MyApprovals = class MyApprovals {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({
			parent: wrapper,
			title: __("My Approvals"),
			single_column: true,
		});
		this.page.set_secondary_action(__("Refresh"), () => this.refresh(), "refresh");
		this.$cards = $(`<div class="pe-cards"></div>`).appendTo(this.page.main);
		this.$cards.on("click", "[data-action]", ({ currentTarget }) => this.act(currentTarget));
	}

	async refresh() {
		this.waiting = await frappe.xcall("pipeline_ext.api.waiting_for_me");
		const cards = this.waiting.map((approval) => this.card_html(approval));
		this.$cards.html(cards.join("") || `<p class="pe-nothing">${__("Nothing waits for you.")}</p>`);
	}

	act(button) {
		const name = button.closest("[data-approval]").getAttribute("data-approval");
		const approval = this.waiting.find((each) => each.approval === name);
		this.actions(approval).act(button.getAttribute("data-action"));
	}

	actions(approval) {
		return new pipeline_ext.QuoteApprovalActions(approval, { done: () => this.refresh() });
	}

	card_html(approval) {
		const view = new pipeline_ext.ApprovalView(approval);
		const name = frappe.utils.escape_html(approval.approval);
		const link = frappe.utils.get_form_link("Quote Approval", approval.approval);
		return `<article class="pe-card" data-approval="${name}">
			<div class="pe-card-head">
				<a href="${link}">${frappe.utils.escape_html(approval.customer_name)}</a>
				${approval.decides_by ? pipeline_ext.ApprovalView.due_html(approval.decides_by) : ""}
			</div>
			<div class="pe-hint">${this.origin_html(approval)}</div>
			${view.comment_html}${view.question_html}${view.figures_html}${view.steps_html}
			<div class="pe-card-buttons">${this.actions(approval).buttons_html("")}</div>
		</article>`;
	}

	origin_html({ quotation, sales_order, requested_by, requested_on }) {
		return __("{0}, asked by {1} {2}", [
			frappe.utils.escape_html(sales_order || quotation),
			frappe.utils.escape_html(requested_by),
			frappe.datetime.comment_when(requested_on),
		]);
	}
};

frappe.pages["my-approvals"].on_page_load = (wrapper) => {
	wrapper.my_approvals = new pipeline_ext.MyApprovals(wrapper);
};

frappe.pages["my-approvals"].on_page_show = (wrapper) => wrapper.my_approvals.refresh();
