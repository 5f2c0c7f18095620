frappe.pages["quote-revisions"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Quote Revisions"),
		single_column: true,
	});
	page.add_field({
		fieldname: "quotation",
		fieldtype: "Link",
		options: "Quotation",
		label: __("Quotation"),
		change() {
			const quotation = this.get_value();
			if (quotation && quotation !== frappe.get_route()[1]) {
				frappe.set_route("quote-revisions", quotation);
			}
		},
	});
	wrapper.comparison = $('<div class="pe-revisions-page">').appendTo(page.main);
};

frappe.pages["quote-revisions"].on_page_show = (wrapper) => {
	const [name, quotation, older, newer] = frappe.get_route();
	if (!quotation) {
		wrapper.comparison.html(`<p class="text-muted pe-nothing">${__("Choose a quotation.")}</p>`);
		return;
	}
	wrapper.page.fields_dict.quotation.set_value(quotation);
	const note_in_address = (...compared) => {
		const route = frappe.router.make_url([name, quotation, ...compared]);
		window.history.replaceState(null, "", route);
	};
	new pipeline_ext.RevisionComparison(wrapper.comparison, quotation, note_in_address).show(older, newer);
};
