frappe.provide("pipeline_ext");

/** What the saved policy of a form would ask: of one quotation, or of those of the last days. */
pipeline_ext.PolicyTrial = class PolicyTrial {
	constructor(frm) {
		this.frm = frm;
	}

	on_quotation() {
		if (!this.is_saved()) {
			return;
		}
		const company = this.frm.doc.company;
		const filters = { docstatus: ["<", 2], ...(company && { company }) };
		frappe.prompt(
			{
				fieldname: "quotation",
				fieldtype: "Link",
				options: "Quotation",
				label: __("Quotation"),
				reqd: 1,
				get_query: () => ({ filters }),
			},
			({ quotation }) => this.show({ quotation }, (trial) => this.quotation_html(trial)),
			__("Try on a Quotation"),
			__("Try")
		);
	}

	on_recent(days) {
		if (this.is_saved()) {
			this.show({ days }, (trial) => this.recent_html(trial));
		}
	}

	is_saved() {
		if (this.frm.is_dirty()) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
		}
		return !this.frm.is_dirty();
	}

	async show(of, html_of) {
		const policy = this.frm.doc.name;
		const { message } = await frappe.call({
			method: "pipeline_ext.api.try_policy",
			type: "GET",
			args: { policy, ...of },
			freeze: true,
			freeze_message: __("Trying {0}", [policy]),
		});
		this.view = new pipeline_ext.ApprovalView(message);
		const dialog = new frappe.ui.Dialog({
			title: of.quotation
				? __("{0} Under {1}", [of.quotation, policy])
				: __("The Last {0} Days Under {1}", [of.days, policy]),
			size: "extra-large",
			fields: [{ fieldname: "trial", fieldtype: "HTML" }],
		});
		dialog.get_field("trial").$wrapper.html(`<div class="pe-preview">${html_of(message)}</div>`);
		dialog.show();
	}

	// One quotation

	quotation_html(trial) {
		const lead = [
			`${this.link_html(trial.quotation)} · ${this.text(trial.customer)}`,
			this.asked_lead(trial.rules),
		];
		const heads = [__("Rule"), __("Measured"), __("Asks Somebody"), __("Who"), __("When")];
		return `<p>${lead.join("<br>")}</p>${this.remarks_html(trial)}
			${this.table_html(
				heads,
				trial.rules.map((rule) => this.rule_cells(rule))
			)}`;
	}

	asked_lead(rules) {
		const asked = rules.filter((rule) => rule.asked && !rule.alone).length;
		if (asked) {
			return __("{0} of {1} rules ask somebody.", [asked, rules.length]);
		}
		return rules.some((rule) => rule.asked)
			? __("The asker may grant it alone.")
			: __("It needs nobody's approval.");
	}

	remarks_html({ policy, in_force, for_company, unmet }) {
		const remarks = [
			!for_company && __("The policy is for another company."),
			unmet.length && __("The quotation does not meet the conditions: {0}", [unmet.map(this.text).join(", ")]),
			in_force !== policy &&
				(in_force
					? __("The policy that counts for it now is {0}.", [this.text(in_force)])
					: __("No policy counts for it now.")),
		].filter(Boolean);
		return remarks.map((remark) => `<p class="text-muted">${remark}</p>`).join("");
	}

	rule_cells(rule) {
		const { unit, measured, threshold, comparison, scope } = rule;
		const title = `<b>${this.text(__(rule.title))}</b>`;
		const group = rule.group
			? `<div class="text-muted small">${__("{0}, level {1}", [
					this.text(__(rule.group)),
					rule.level,
			  ])}</div>`
			: "";
		const label = scope === "Line" ? __("{0} of one line", [__(rule.measure)]) : __(rule.measure);
		const value = measured === null ? __("cannot be measured") : this.view.value(measured, unit);
		const limit = this.view.value(threshold, unit);
		const beyond = comparison === "Below" ? __("below {0}", [limit]) : __("above {0}", [limit]);
		return [
			title + group,
			`${label}<div>${value}</div>`,
			unit === "Flag" ? __("where it is so") : beyond,
			this.who_html(rule),
			this.when_html(rule),
		];
	}

	who_html({ alone, approvers, needed }) {
		if (alone) {
			return __("The asker alone");
		}
		if (!approvers.length) {
			return `<span class="pe-stalled">${__("Nobody can be asked")}</span>`;
		}
		const names = this.text(approvers.join(", "));
		return approvers.length > 1
			? `${names}<div class="text-muted small">${__("{0} of {1} must agree", [
					needed,
					approvers.length,
			  ])}</div>`
			: names;
	}

	when_html({ asked, broken, alone, turn }) {
		if (!asked) {
			return broken ? this.pill("gray", __("a higher level is asked")) : this.pill("green", __("within"));
		}
		if (alone) {
			return this.pill("blue", __("granted at once"));
		}
		return turn === 1
			? this.pill("orange", __("at once"))
			: this.pill("orange", __("after {0} more", [turn - 1]));
	}

	// Those of the last days

	recent_html(trial) {
		if (!trial.quotations) {
			return `<p>${__("No quotation that you may read meets its conditions.")}</p>`;
		}
		const by_rule = trial.by_rule.map((row) => this.tally_cells(this.text(__(row.title)), row));
		const by_approver = trial.by_approver.map((row) => this.tally_cells(this.text(row.approver), row));
		return `<p>${this.recent_lead(trial).join("<br>")}</p>
			${this.section_html(__("By Rule"), [__("Rule"), __("Quotations"), __("Worth")], by_rule)}
			${this.section_html(__("By Approver"), [__("Who"), __("Quotations"), __("Worth")], by_approver)}
			${this.section_html(
				__("Quotations"),
				[__("Quotation"), __("Customer"), __("Quoted"), __("Discount"), __("Who Is Asked for What")],
				trial.rows.map((row) => this.row_cells(row))
			)}
			${this.more_html(trial)}`;
	}

	recent_lead({ quotations, needing, value, needing_value, others, capped, most, unvalued }) {
		const money = (amount) => this.view.value(amount, "Money");
		return [
			__("{0} of {1} quotations would have needed approval, worth {2} of {3}.", [
				`<b>${needing}</b>`,
				quotations,
				money(needing_value),
				money(value),
			]),
			others && __("{0} do not meet its conditions.", [others]),
			capped && __("Only the latest {0} quotations were looked at.", [most]),
			unvalued && __("{0} count without a value: no Currency Exchange says what they are worth.", [unvalued]),
		].filter(Boolean);
	}

	tally_cells(label, { count, value }) {
		return [label, count, this.view.value(value, "Money")];
	}

	row_cells({ quotation, customer, quoted_value, discount_percent, steps }) {
		const asked = steps.map(({ title, who }) => `${this.text(__(title))}: ${this.text(who)}`);
		return [
			this.link_html(quotation),
			this.text(customer),
			this.view.value(quoted_value, "Money"),
			discount_percent === null ? "–" : this.view.value(discount_percent, "Percent"),
			asked.join("<br>"),
		];
	}

	more_html({ not_shown }) {
		return not_shown
			? `<p class="text-muted">${__("{0} with smaller discounts are not shown.", [not_shown])}</p>`
			: "";
	}

	// Both

	section_html(title, heads, rows) {
		return rows.length ? `<h5>${title}</h5>${this.table_html(heads, rows)}` : "";
	}

	table_html(heads, rows) {
		const head = heads.map((text) => `<th>${text}</th>`).join("");
		const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`);
		return `<div class="pe-scroll"><table class="table table-bordered">
			<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
	}

	link_html(quotation) {
		const link = frappe.utils.get_form_link("Quotation", quotation);
		return `<a href="${link}" target="_blank">${this.text(quotation)}</a>`;
	}

	pill(look, text) {
		return `<span class="indicator-pill ${look}">${text}</span>`;
	}

	text(value) {
		return frappe.utils.escape_html(value || "");
	}
};
