frappe.provide("pipeline_ext");

/** What the form of an approval policy offers: fields of conditions, measures, and what fits each rule. */
pipeline_ext.PolicyOptions = class PolicyOptions extends pipeline_ext.ConditionOptions {
	static UNITS = {
		Percent: "%",
		Money: __("company currency"),
		Count: __("lines"),
		Days: __("days"),
		Flag: __("yes or no"),
	};
	static ONE_PERSON = ["Oneself", "User"];

	async load() {
		if (!this.options) {
			this.options = await frappe.xcall("pipeline_ext.api.policy_form_options");
			this.fields = this.with_distinct_labels(this.options.fields);
		}
		this.offer("conditions", "field", this.fields);
		this.set("rules", "measure", "options", this.measures);
		this.fit_all();
		(this.frm.doc.rules || []).forEach((row) => this.fit_rule(row));
	}

	get measures() {
		return this.options.measures.map(({ label, unit }) => ({
			value: label,
			label: `${__(label)} (${PolicyOptions.UNITS[unit]})`,
		}));
	}

	/** Let a rule show only what can be asked of its measure. */
	fit_rule(row) {
		const measure = this.measure_named(row.measure);
		if (measure) {
			const is_flag = measure.unit === "Flag";
			this.set_in_row("rules", row, "comparison", "hidden", is_flag ? 1 : 0);
			this.set_in_row("rules", row, "threshold", "hidden", is_flag ? 1 : 0);
			this.set_in_row("rules", row, "threshold", "description", this.threshold_text(measure));
			this.set_in_row("rules", row, "scope", "hidden", measure.per_line ? 0 : 1);
		}
	}

	threshold_text({ unit }) {
		return __("In {0}. Exactly at the threshold nobody is asked.", [PolicyOptions.UNITS[unit]]);
	}

	/** A rule looks at another measure: what was said of the old one goes if it does not fit the new one. */
	async adapt_measure(row) {
		const measure = this.measure_named(row.measure);
		if (measure?.unit === "Flag") {
			await this.change(row, "comparison", "Above");
			await this.change(row, "threshold", 0);
		}
		if (measure && !measure.per_line) {
			await this.change(row, "scope", "Total");
		}
		this.fit_rule(row);
	}

	/** Somebody else must agree: what named the one before goes. */
	async adapt_approver(row) {
		const type = row.approver_type;
		const cleared = {
			...(type !== "Role" && { role: null }),
			...(type !== "User" && { user: null }),
			...(type !== "Manager of Owner" && { steps_up: 1 }),
			...(PolicyOptions.ONE_PERSON.includes(type) && { needed: "One", number_needed: 0 }),
			...(type === "Oneself" && { deadline_hours: 0, reminder_hours: 0 }),
		};
		for (const [fieldname, value] of Object.entries(cleared)) {
			await this.change(row, fieldname, value);
		}
	}

	measure_named(label) {
		return this.options?.measures.find((measure) => measure.label === label);
	}
};
