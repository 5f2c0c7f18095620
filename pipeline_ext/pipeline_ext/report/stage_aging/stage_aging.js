// The filters of the Stage Aging report, and where its figures lead.

frappe.query_reports["Stage Aging"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
			reqd: 1,
		},
		{
			fieldname: "document_type",
			label: __("Document Type"),
			fieldtype: "Select",
			options: [
				{ value: "Opportunity", label: __("Opportunity") },
				{ value: "Lead", label: __("Lead") },
			],
			default: "Opportunity",
			reqd: 1,
		},
		{
			fieldname: "pipeline",
			label: __("Pipeline"),
			fieldtype: "Link",
			options: "Sales Pipeline",
			get_query: () => ({
				filters: { document_type: frappe.query_report.get_filter_value("document_type") },
			}),
		},
		{ fieldname: "stage", label: __("Stage"), fieldtype: "Link", options: "Sales Stage" },
		{ fieldname: "deal_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
		{ fieldname: "territory", label: __("Territory"), fieldtype: "Link", options: "Territory" },
		{ fieldname: "only_stalled", label: __("Only Stalled"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		const text = default_formatter(value, row, column, data);
		if (!data || !value) {
			return text;
		}
		if (column.fieldname === "days_over") {
			return `<span class="text-danger">${text}</span>`;
		}
		const entries = { days: this.history_of, measured_on: this.stays_measured }[column.fieldname];
		return entries ? `<a href="${this.ledger(entries(data))}">${text}</a>` : text;
	},

	history_of: (data) => ({ document_name: data.document }),

	stays_measured: (data) => ({
		pipeline: data.pipeline,
		from_stage: data.stage,
		stage: JSON.stringify(["!=", data.stage]),
		company: frappe.query_report.get_filter_value("company"),
		posted_on: JSON.stringify([">", frappe.datetime.add_months(frappe.datetime.get_today(), -12)]),
	}),

	ledger(filters) {
		const document_type = frappe.query_report.get_filter_value("document_type");
		return `/app/pipeline-ledger-entry/view/list?${new URLSearchParams({ document_type, ...filters })}`;
	},

	after_datatable_render: (datatable) => pipeline_ext.explain_columns(datatable),
};
