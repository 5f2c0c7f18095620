// Shows what a column of a report means when the mouse rests on its head.

frappe.provide("pipeline_ext");

pipeline_ext.explain_columns = (datatable) => {
	for (const column of datatable.getColumns()) {
		if (!column.description) continue;
		datatable.header
			.querySelector(`.dt-cell--header-${column.colIndex} .dt-cell__content`)
			?.setAttribute("title", column.description);
	}
};
