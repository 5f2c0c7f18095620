frappe.provide("pipeline_ext");

/** What the form of a pipeline offers to choose from: fields, stages, roles, people, and what fits a field. */
pipeline_ext.PipelineOptions = class PipelineOptions {
	static COMPARISONS = {
		criteria: [
			{
				field: "field",
				aggregate: "aggregate",
				operator: "operator",
				value: "value",
				placeholders: "refuse_placeholders",
			},
			{ field: "condition_field", operator: "condition_operator", value: "condition_value" },
		],
		conditions: [{ field: "field", operator: "operator", value: "value" }],
	};
	static VALUES = {
		text: __("Several values for in, separated by commas."),
		number: __("A number."),
		date: __("A day as YYYY-MM-DD, or the word today."),
		flag: __("Yes or No."),
	};
	static STAGE_TABLES = ["criteria", "stage_roles", "entry_actions"];

	constructor(frm) {
		this.frm = frm;
		for (const table of PipelineOptions.STAGE_TABLES) {
			frm.set_query("stage", table, () => ({ filters: { name: ["in", this.stages] } }));
		}
	}

	get stages() {
		return (this.frm.doc.stages || []).map((row) => row.stage).filter(Boolean);
	}

	async load() {
		const doctype = this.frm.doc.document_type;
		if (doctype !== this.doctype) {
			this.doctype = doctype;
			this.options = await frappe.xcall("pipeline_ext.api.form_options", { doctype });
			this.fields = this.with_distinct_labels(this.options.fields);
		}
		if (!this.options) {
			return;
		}
		this.offer("criteria", "field", this.fields);
		this.offer("criteria", "condition_field", this.fields);
		this.offer("criteria", "linked_doctype", this.options.linked_doctypes);
		this.offer("criteria", "role", this.options.roles);
		this.offer("conditions", "field", this.fields);
		this.offer("stage_roles", "role", this.options.roles);
		this.offer("entry_actions", "user", this.options.users);
		this.set("stages", "reached_by", "options", ["", ...this.options.triggers]);
		this.set("stages", "longest_stay", "formatter", (days) => days || "");
		this.set("criteria", "asks", "formatter", (asks, _df, _options, row) => this.asks_html(asks, row));
		for (const table of PipelineOptions.STAGE_TABLES) {
			this.set(table, "stage", "only_select", 1);
			this.set(table, "stage", "filter_description", __("Stages of this pipeline"));
		}
		for (const table of Object.keys(PipelineOptions.COMPARISONS)) {
			(this.frm.doc[table] || []).forEach((row) => this.fit(table, row));
		}
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

	/** Let a row offer only what can be said of the fields it names. */
	fit(table, row) {
		for (const { field, aggregate, operator, value, placeholders } of PipelineOptions.COMPARISONS[table]) {
			const kind = this.kind_of(row[field], row[aggregate]);
			if (!kind) {
				continue;
			}
			this.set_in_row(table, row, operator, "options", this.options.operators[kind]);
			this.set_in_row(table, row, value, "description", PipelineOptions.VALUES[kind]);
			if (aggregate) {
				this.set_in_row(table, row, aggregate, "hidden", this.is_of_table(row[field]) ? 0 : 1);
				this.set_in_row(table, row, placeholders, "hidden", kind === "text" ? 0 : 1);
			}
		}
	}

	/** A row names another field: what was said of the old one goes if it does not fit the new one. */
	async adapt(table, row) {
		for (const { field, aggregate, operator } of PipelineOptions.COMPARISONS[table]) {
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

	/** The rule in short, with the label of its field. */
	asks_html(asks, { kind, field }) {
		const label = this.field_named(field)?.label;
		const text = kind === "Field" && label ? (asks || "").replace(field, label) : asks;
		return frappe.utils.escape_html(text || "");
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
