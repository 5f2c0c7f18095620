frappe.ui.form.on("Sales Pipeline", {
	setup(frm) {
		frm.offered = new pipeline_ext.PipelineOptions(frm);
	},

	refresh(frm) {
		frm.offered.load();
		if (frm.is_new()) {
			frm.set_intro(__("Save the stages and criteria as a draft, then publish."), "blue");
			frm.add_custom_button(__("Import from JSON"), () => pipeline_ext.pipeline_exchange.import());
			return;
		}
		if (frm.doc.mode === "Warn") {
			frm.events.tell_of_warnings(frm);
		}
		const saved = (act) => () => frm.events.act_on_saved(frm, act);
		frm.page.add_menu_item(
			__("Export as JSON"),
			saved(() => pipeline_ext.pipeline_exchange.export(frm))
		);
		if (!frm.perm[0].write) {
			return;
		}
		frm.add_custom_button(
			__("Publish"),
			saved(() => frm.events.publish(frm))
		);
		if (frm.doc.published_version) {
			frm.add_custom_button(
				__("Move Open Deals"),
				saved(() => frm.events.move_deals(frm))
			);
		}
	},

	document_type(frm) {
		frm.offered.load();
	},

	mode(frm) {
		frm.events.tell_of_warnings(frm);
	},

	/** A method of the document answers for the draft as it is stored. */
	act_on_saved(frm, act) {
		if (frm.is_dirty()) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
			return;
		}
		act();
	},

	publish(frm) {
		const move_those_left_behind = async () => {
			const dialog = new pipeline_ext.MoveDealsDialog(frm);
			if (await dialog.load()) {
				dialog.open();
			}
		};
		new pipeline_ext.PublishDialog(frm, move_those_left_behind).open();
	},

	async move_deals(frm) {
		const dialog = new pipeline_ext.MoveDealsDialog(frm);
		if (await dialog.load()) {
			dialog.open();
		} else {
			frappe.msgprint(__("Every open deal is on {0} already.", [frm.doc.published_version]));
		}
	},

	/** Before a pipeline that warns is made to enforce: what a week of enforcing would have refused. */
	async tell_of_warnings(frm) {
		if (!frm.doc.published_version || frm.doc.mode === "Off") {
			return;
		}
		const refused = await frappe.db.count("Pipeline Ledger Entry", {
			filters: {
				pipeline: frm.doc.name,
				would_refuse: 1,
				posted_on: [">=", frappe.datetime.add_days(frappe.datetime.now_datetime(), -7)],
			},
		});
		frm.set_intro();
		frm.set_intro(
			refused
				? __("Enforcing would have refused {0} moves in the last 7 days.", [refused])
				: __("Enforcing would have refused no move in the last 7 days."),
			refused ? "orange" : "blue"
		);
	},
});

frappe.ui.form.on("Exit Criterion", {
	/** What a criterion asks for is chosen in the open row. */
	criteria_add(frm, cdt, cdn) {
		frm.get_field("criteria").grid.grid_rows_by_docname[cdn].toggle_view(true);
	},

	form_render(frm, cdt, cdn) {
		frm.offered.fit("criteria", frappe.get_doc(cdt, cdn));
	},

	field(frm, cdt, cdn) {
		frm.offered.adapt("criteria", frappe.get_doc(cdt, cdn));
	},

	aggregate(frm, cdt, cdn) {
		frm.offered.adapt("criteria", frappe.get_doc(cdt, cdn));
	},

	condition_field(frm, cdt, cdn) {
		frm.offered.adapt("criteria", frappe.get_doc(cdt, cdn));
	},
});

frappe.ui.form.on("Pipeline Condition", {
	field(frm, cdt, cdn) {
		frm.offered.adapt("conditions", frappe.get_doc(cdt, cdn));
	},
});
