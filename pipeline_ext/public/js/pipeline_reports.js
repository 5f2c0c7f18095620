// What the reports on deals share: their filters, explained columns, and the deals behind a figure.

frappe.provide("pipeline_ext.reports");

pipeline_ext.reports.filter = {
	company: () => ({
		fieldname: "company",
		label: __("Company"),
		fieldtype: "Link",
		options: "Company",
		default: frappe.defaults.get_user_default("Company"),
		reqd: 1,
	}),
	day: (fieldname, label, value) => ({ fieldname, label, fieldtype: "Date", default: value, reqd: 1 }),
	// Options are pairs of value and label; the first is chosen to begin with.
	choice: (fieldname, label, options) => ({
		fieldname,
		label,
		fieldtype: "Select",
		options: options.map(([value, shown]) => ({ value, label: shown })),
		default: options[0][0],
		reqd: 1,
	}),
	link: (fieldname, label, options) => ({ fieldname, label, fieldtype: "Link", options }),
};

// The company first, then the report's own filters, then those that narrow the deals.
pipeline_ext.reports.deal_filters = (...own) => {
	const { company, link } = pipeline_ext.reports.filter;
	return [
		company(),
		...own,
		{
			...link("pipeline", __("Pipeline"), "Sales Pipeline"),
			get_query: () => ({ filters: { document_type: "Opportunity" } }),
		},
		link("deal_owner", __("Owner"), "User"),
		link("team", __("Team"), "Sales Person"),
		link("territory", __("Territory"), "Territory"),
		link("source", __("Source"), "Lead Source"),
		link("customer_group", __("Customer Group"), "Customer Group"),
	];
};

// A report whose columns are explained, and whose numbers open the deals that they count: those of columns
// with a `figure`, in rows that say with `figure` what they are about. Rows that are `bold` stand out.
pipeline_ext.reports.report = (name, definition) => {
	frappe.query_reports[name] = {
		formatter(value, row, column, data, default_formatter) {
			const shown = default_formatter(value, row, column, data);
			const text = data?.bold ? `<b>${shown}</b>` : shown;
			if (!column.figure || !data?.figure || !value) {
				return text;
			}
			const figure = encodeURIComponent(JSON.stringify({ ...data.figure, what: column.figure }));
			return `<a class="pe-figure" data-figure="${figure}">${text}</a>`;
		},
		after_datatable_render: (datatable) => pipeline_ext.reports.make_figures_open(name, datatable),
		...definition,
	};
};

pipeline_ext.reports.make_figures_open = (name, datatable) => {
	pipeline_ext.explain_columns(datatable);
	$(datatable.wrapper)
		.off("click.pe")
		.on("click.pe", ".pe-figure", (event) =>
			pipeline_ext.reports.open_deals(name, JSON.parse(decodeURIComponent(event.currentTarget.dataset.figure)))
		);
};

pipeline_ext.reports.open_deals = async (report, figure) => {
	const { message } = await frappe.call({
		method: "pipeline_ext.api.deals_behind",
		args: { report, filters: frappe.query_report.get_filter_values(), figure },
		freeze: true,
	});
	const dialog = new frappe.ui.Dialog({ title: message.title, size: "extra-large" });
	dialog.$body.html(pipeline_ext.reports.deal_table(message));
	dialog.show();
};

pipeline_ext.reports.deal_table = ({ deals, count, currency }) => {
	if (!count) {
		return `<p class="text-muted">${__("No deal is behind this figure.")}</p>`;
	}
	const text = (value) => frappe.utils.escape_html(value ?? "");
	const rows = deals.map(
		(deal) => `<tr>
			<td><a href="/app/opportunity/${encodeURIComponent(deal.name)}" target="_blank">${text(deal.name)}</a></td>
			<td>${text(deal.title || deal.party_name)}</td>
			<td>${text(__(deal.stage))}</td>
			<td>${text(deal.owner_name)}</td>
			<td>${deal.expected_close ? frappe.datetime.str_to_user(deal.expected_close) : ""}</td>
			<td class="text-right">${format_currency(deal.counted, currency)}</td>
		</tr>`
	);
	const listed =
		deals.length < count
			? __("The {0} largest of {1} deals", [deals.length, count])
			: count === 1
				? __("1 deal")
				: __("{0} deals", [count]);
	return `<p class="text-muted">${listed}</p>
		<div class="table-responsive"><table class="table table-sm">
		<thead><tr>
			<th>${__("Opportunity")}</th><th>${__("Title")}</th><th>${__("Stage now")}</th><th>${__("Owner")}</th>
			<th>${__("Expected Closing")}</th><th class="text-right">${__("Counted")}</th>
		</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
};

// Shows what a column of a report means when the mouse rests on its head.
pipeline_ext.explain_columns = (datatable) => {
	for (const column of datatable.getColumns()) {
		if (!column.description) continue;
		datatable.header
			.querySelector(`.dt-cell--header-${column.colIndex} .dt-cell__content`)
			?.setAttribute("title", column.description);
	}
};
