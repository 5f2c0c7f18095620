frappe.provide("pipeline_ext");

/** What a form offers to compare: fields, and what fits each. `COMPARISONS` names the tables and columns. */
pipeline_ext.ConditionOptions = class ConditionOptions {
	static COMPARISONS = { conditions: [{ field: "field", operator: "operator", value: "value" }] };
	static VALUES = {
		text: __("Several values for in, separated by commas."),
		number: __("A number."),
		date: __("A day as YYYY-MM-DD, or the word today."),
		flag: __("Yes or No."),
	};

	constructor(frm) {
		this.frm = frm;
	}

	/** The control finds a value by its label, so no two may be alike. */
	with_distinct_labels(fields) {
		const times = {};
		for (const { label } of fields) {
			times[label] = (times[label] || 0) + 1;
		}
		return fields.map((field) =>
			times[field.label] > 1 ? { ...field, label: `${field.label} (${field.value})` } : field
		);
	}

	/** What is typed stays as it is: the server says what it cannot use. */
	offer(table, fieldname, options) {
		this.set(table, fieldname, "ignore_validation", 1);
		this.set(table, fieldname, "options", options);
	}

	set(table, fieldname, property, value) {
		this.frm.fields_dict[table].grid.update_docfield_property(fieldname, property, value);
	}

	fit_all() {
		for (const table of Object.keys(this.constructor.COMPARISONS)) {
			(this.frm.doc[table] || []).forEach((row) => this.fit(table, row));
		}
	}

	/** Let a row offer only what can be said of the fields it names. */
	fit(table, row) {
		const comparisons = this.constructor.COMPARISONS[table];
		for (const { field, aggregate, operator, value, placeholders } of comparisons) {
			const kind = this.kind_of(row[field], row[aggregate]);
			if (!kind) {
				continue;
			}
			this.set_in_row(table, row, operator, "options", this.options.operators[kind]);
			this.set_in_row(table, row, value, "description", ConditionOptions.VALUES[kind]);
			if (aggregate) {
				this.set_in_row(table, row, aggregate, "hidden", this.is_of_table(row[field]) ? 0 : 1);
				this.set_in_row(table, row, placeholders, "hidden", kind === "text" ? 0 : 1);
			}
		}
	}

	/** A row names another field: what was said of the old one goes if it does not fit the new one. */
	async adapt(table, row) {
		for (const { field, aggregate, operator } of this.constructor.COMPARISONS[table]) {
			const path = row[field];
			if (!this.kind_of(path)) {
				continue;
			}
			if (aggregate && this.is_column(path) && !row[aggregate]) {
				await this.change(row, aggregate, "Any");
			}
			if (aggregate && !this.is_of_table(path) && row[aggregate]) {
				await this.change(row, aggregate, "");
			}
			const operators = this.options.operators[this.kind_of(path, row[aggregate])];
			if (!operators.includes(row[operator])) {
				await this.change(row, operator, operators[0]);
			}
		}
		this.fit(table, row);
	}

	change(row, fieldname, value) {
		return frappe.model.set_value(row.doctype, row.name, fieldname, value);
	}

	set_in_row(table, row, fieldname, property, value) {
		this.frm.set_df_property(table, property, value, this.frm.docname, fieldname, row.name);
	}

	kind_of(path, aggregate) {
		if (["Count", "Sum"].includes(aggregate)) {
			return "number";
		}
		return this.field_named(path)?.description;
	}

	field_named(path) {
		return this.fields?.find((field) => field.value === path);
	}

	is_column(path) {
		const [table, column] = (path || "").split(".");
		return Boolean(column) && this.kind_of(table) === "table";
	}

	is_of_table(path) {
		return this.is_column(path) || this.kind_of(path) === "table";
	}
};
