frappe.provide("pipeline_ext");

/** Pipelines as JSON files: out of the site and into it. */
pipeline_ext.pipeline_exchange = {
	async export(frm) {
		const { message: definition } = await frm.call("export_definition");
		const link = document.createElement("a");
		link.href = URL.createObjectURL(new Blob([definition], { type: "application/json" }));
		link.download = `${frappe.scrub(frm.doc.name)}.json`;
		link.click();
		URL.revokeObjectURL(link.href);
	},

	import() {
		let definition = "";
		const dialog = new frappe.ui.Dialog({
			title: __("Import a Pipeline"),
			fields: [
				{ fieldname: "file", fieldtype: "HTML" },
				{
					fieldname: "pipeline_name",
					fieldtype: "Data",
					label: __("Name"),
					description: __("The pipeline becomes a disabled draft that only warns."),
					reqd: 1,
				},
			],
			primary_action_label: __("Import"),
			primary_action: ({ pipeline_name }) =>
				frappe.call({
					method: `${pipeline_ext.pipeline_exchange.CONTROLLER}.import_definition`,
					args: { definition, pipeline_name },
					freeze: true,
					callback: ({ message: name }) => {
						dialog.hide();
						frappe.set_route("Form", "Sales Pipeline", name);
					},
				}),
		});
		const $file = $(`<input type="file" accept=".json,application/json" aria-label="${__("JSON File")}">`);
		$file.on("change", async () => {
			definition = await $file[0].files[0].text();
			dialog.set_value("pipeline_name", pipeline_ext.pipeline_exchange.name_in(definition));
		});
		const label = `<label class="control-label">${__("JSON File")}</label>`;
		dialog.get_field("file").$wrapper.addClass("form-group").append(label, $file);
		dialog.show();
	},

	/** The server says what is wrong with a file that cannot be read. */
	name_in(definition) {
		try {
			return JSON.parse(definition).name || "";
		} catch {
			return "";
		}
	},

	CONTROLLER: "pipeline_ext.pipeline_ext.doctype.sales_pipeline.sales_pipeline",
};
