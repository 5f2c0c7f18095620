frappe.provide("pipeline_ext");

/** What the form of a pipeline offers to choose from: fields, stages, roles, people, and what fits a field. */
pipeline_ext.PipelineOptions = class PipelineOptions extends pipeline_ext.ConditionOptions {
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
		...pipeline_ext.ConditionOptions.COMPARISONS,
	};
	static STAGE_TABLES = ["criteria", "stage_roles", "entry_actions"];

	constructor(frm) {
		super(frm);
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
		this.fit_all();
	}

	/** The rule in short, with the label of its field. */
	asks_html(asks, { kind, field }) {
		const label = this.field_named(field)?.label;
		const text = kind === "Field" && label ? (asks || "").replace(field, label) : asks;
		return frappe.utils.escape_html(text || "");
	}
};
