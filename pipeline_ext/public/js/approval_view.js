frappe.provide("pipeline_ext");

/** An approval as HTML: what is given away, which rules that breaks, who is asked, and what was said. */
pipeline_ext.ApprovalView = class ApprovalView {
	/** By the state of a step: its mark, its look, and what it says of itself. */
	static STATES = {
		"To Ask": { mark: "○", look: "pe-short", text: __("Will be asked") },
		"To Grant": { mark: "○", look: "pe-short", text: __("Yours to grant") },
		Waiting: { mark: "○", look: "pe-short", text: __("Its turn comes later") },
		Pending: { mark: "●", look: "pe-warned", text: __("Waits for an answer") },
		Approved: { mark: "✓", look: "pe-met", text: __("Approved") },
		Granted: { mark: "✓", look: "pe-met", text: __("Granted by the asker, who may") },
		Kept: { mark: "✓", look: "pe-met", text: __("Kept: agreed to before, and no worse") },
		Rejected: { mark: "✕", look: "pe-unmet", text: __("Rejected") },
		Closed: { mark: "–", look: "pe-short", text: __("Closed unanswered") },
	};

	constructor(approval) {
		this.approval = approval;
	}

	// Figures

	value(value, unit, digits = 2) {
		const formats = {
			Percent: () => `${format_number(value, null, digits)}\u00a0%`,
			Money: () => format_currency(value, this.approval.currency),
			Days: () => __("{0} days", [format_number(value, null, Number.isInteger(value) ? 0 : 1)]),
			Count: () => format_number(value, null, 0),
			Flag: () => (value ? __("Yes") : __("No")),
		};
		return formats[unit]();
	}

	get figures_html() {
		const { measures } = this.approval;
		return `<dl class="pe-figures">
			${this.figure_html(__("List Value"), measures.list_value)}
			${this.figure_html(__("Quoted"), measures.quoted_value)}
			${this.figure_html(__("Discount"), measures.discount_amount, measures.discount_percent)}
			${this.figure_html(__("Margin"), measures.margin_amount, measures.margin_percent)}
		</dl>`;
	}

	figure_html(label, money = null, percent = null) {
		const values = [
			money === null ? "" : this.value(money, "Money"),
			percent === null ? "" : this.value(percent, "Percent"),
		].filter(Boolean);
		return values.length ? `<div><dt>${label}</dt><dd>${values.join(" · ")}</dd></div>` : "";
	}

	// Steps: groups side by side, the levels of a group in sequence

	get steps_html() {
		const groups = this.groups.map((steps) => this.group_html(steps));
		return groups.length ? `<div class="pe-groups">${groups.join("")}</div>` : "";
	}

	get groups() {
		const groups = new Map();
		for (const [position, step] of this.approval.steps.entries()) {
			const key = step.group ? `group ${step.group}` : `step ${position}`;
			groups.set(key, [...(groups.get(key) || []), step]);
		}
		return [...groups.values()];
	}

	group_html(steps) {
		const name = steps[0].group;
		const title = name ? `<div class="pe-group">${frappe.utils.escape_html(__(name))}</div>` : "";
		const rows = steps.map((step) => this.step_html(step)).join("");
		return `<div class="pe-authority">${title}<ol class="pe-verdicts">${rows}</ol></div>`;
	}

	step_html(step) {
		const { mark, look, text } = pipeline_ext.ApprovalView.STATES[this.state_of(step)];
		const yours = step.title === this.approval.decides_on;
		const key = frappe.utils.escape_html(step.title);
		return `<li class="${look} ${yours ? "pe-yours" : ""}" data-step="${key}">
			<span class="pe-mark" aria-hidden="true">${mark}</span>
			<div class="pe-what"><b>${frappe.utils.escape_html(__(step.title))}</b>
				<div>${this.breach_html(step)}</div>
				<div class="pe-hint">
					<span class="pe-state">${yours ? __("Waits for your answer") : text}</span>${this.people_html(step)}
				</div>
			</div></li>`;
	}

	state_of(step) {
		if (step.status) {
			return step.status;
		}
		return { kept: "Kept", granted: "To Grant", asks: "To Ask" }[step.verdict];
	}

	/** What was measured, and what is allowed: "Discount Percentage: 20.00 % is more than 10.00 %". */
	breach_html({ measure, measured, threshold, comparison, scope, unit }) {
		const label = frappe.utils.escape_html(__(measure));
		if (unit === "Flag") {
			return `${label}: ${this.value(measured, unit)}`;
		}
		const alike = measured.toFixed(2) === threshold.toFixed(2);
		const [value, limit] = [measured, threshold].map((each) => this.value(each, unit, alike ? 4 : 2));
		const parts = [scope === "Line" ? __("{0} of one line", [label]) : label, value, limit];
		return comparison === "Below"
			? __("{0}: {1} is less than {2}", parts)
			: __("{0}: {1} is more than {2}", parts);
	}

	/** Who is asked or has answered, how many it takes, and until when. */
	people_html(step) {
		const { approvers, needed, deadline, unit } = step;
		const waits = ["To Ask", "Waiting", "Pending"].includes(this.state_of(step));
		const answers = this.answers_to(step);
		const who = answers.map(({ user }) => user);
		const before = !step.status && answers.at(-1);
		return [
			this.names_html(waits || !who.length ? approvers : who),
			waits && approvers.length > 1 && __("{0} of {1} must agree", [needed, approvers.length]),
			waits && step.status && who.length && __("{0} agreed", [this.names_html(who)]),
			waits && before && __("agreed to {0} before", [this.value(before.measured, unit)]),
			waits && deadline && pipeline_ext.ApprovalView.due_html(deadline),
		]
			.filter(Boolean)
			.map((part) => ` · ${part}`)
			.join("");
	}

	names_html(names) {
		return frappe.utils.escape_html(names.join(", "));
	}

	answers_to({ title }) {
		return this.approval.decisions.filter(
			(entry) => entry.title === title && ["Approved", "Rejected"].includes(entry.decision)
		);
	}

	static due_html(deadline) {
		const late = deadline < frappe.datetime.system_datetime();
		const when = pipeline_ext.ApprovalView.minute(deadline);
		return late
			? `<span class="pe-due pe-stalled">${__("was due by {0}", [when])}</span>`
			: `<span class="pe-due">${__("due by {0}", [when])}</span>`;
	}

	get comment_html() {
		const { comment, requested_by } = this.approval;
		return comment ? this.quote_html(requested_by, comment, "pe-comment") : "";
	}

	get question_html() {
		const { question } = this.approval;
		return question ? this.quote_html(__("Open question"), question, "pe-question") : "";
	}

	quote_html(who, text, look) {
		const [name, quote] = [who, text].map((each) => frappe.utils.escape_html(each));
		return `<blockquote class="${look}"><b>${name}</b> ${quote}</blockquote>`;
	}

	/** A time as people say it, without its seconds. */
	static minute(time) {
		return frappe.datetime.str_to_user(time).replace(/(\d:\d\d):\d\d/, "$1");
	}

	// Lines

	get lines_html() {
		const { lines } = this.approval;
		const heads = [__("Item"), __("List Value"), __("Quoted"), __("Discount"), __("Margin"), ""];
		const head = heads.map((each) => `<th>${each}</th>`).join("");
		const rows = lines.map((line) => this.line_html(line)).join("");
		return lines.length
			? `<div class="pe-scroll"><table class="table table-sm pe-lines">
				<thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`
			: "";
	}

	line_html(line) {
		const shown = (value, unit) => (value === null ? "–" : this.value(value, unit));
		const remark = line.remark ? frappe.utils.escape_html(__(line.remark)) : "";
		return `<tr class="${line.below_cost ? "pe-unmet" : ""}">
			<td>${frappe.utils.escape_html(line.item)}</td>
			<td>${shown(line.list_value, "Money")}</td>
			<td>${shown(line.quoted_value, "Money")}</td>
			<td>${shown(line.discount_percent, "Percent")}</td>
			<td>${shown(line.margin_percent, "Percent")}</td>
			<td>${remark}</td></tr>`;
	}

	// What was said and done

	get log_html() {
		const entries = this.approval.decisions.map((entry) => this.entry_html(entry));
		return entries.length ? `<ol class="pe-log">${entries.join("")}</ol>` : "";
	}

	entry_html({ decision, user, on_behalf_of, to_user, decided_on, title, comment }) {
		const escape = frappe.utils.escape_html;
		const who = [
			`<b>${escape(user)}</b>`,
			on_behalf_of && __("for {0}", [escape(on_behalf_of)]),
			__(decision).toLowerCase(),
			to_user && `→ ${escape(to_user)}`,
		];
		const what = [who.filter(Boolean).join(" "), title && escape(__(title))];
		const when = pipeline_ext.ApprovalView.minute(decided_on);
		const quote = comment ? `<blockquote>${escape(comment)}</blockquote>` : "";
		return `<li>${what.filter(Boolean).join(" · ")}<span class="pe-hint">${when}</span>${quote}</li>`;
	}

	static folded(summary, html, open = false) {
		return html
			? `<details class="pe-folded" ${open ? "open" : ""}><summary>${summary}</summary>${html}</details>`
			: "";
	}
};
