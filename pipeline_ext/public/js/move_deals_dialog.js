frappe.provide("pipeline_ext");

/** Takes open deals over to the published version, with a map for the stages they are in. */
pipeline_ext.MoveDealsDialog = class MoveDealsDialog {
	static EVENT = "pipeline_deals_moved";

	constructor(frm) {
		this.frm = frm;
	}

	/** Open deals on older versions, by version and stage. */
	async load() {
		const { message } = await this.frm.call("deals_on_older_versions");
		this.waiting = message;
		return this.deals;
	}

	get deals() {
		return this.waiting.reduce((sum, row) => sum + row.deals, 0);
	}

	async open() {
		const version = this.frm.doc.published_version;
		const stages = await this.published_stages(version);
		const rows = this.by_stage();
		const dialog = new frappe.ui.Dialog({
			title: __("Move open deals to {0}", [frappe.utils.escape_html(version)]),
			fields: [
				{ fieldname: "lead", fieldtype: "HTML", options: `<p>${this.lead}</p>` },
				...rows.map((row, index) => this.stage_field(row, index, stages)),
			],
			primary_action_label: __("Move {0} Deals", [this.deals]),
			primary_action: (values) => {
				dialog.hide();
				const chosen = rows.map(({ stage }, index) => [stage, values[`stage_${index}`]]);
				this.start(Object.fromEntries(chosen));
			},
		});
		dialog.show();
	}

	get lead() {
		return [
			__("{0} open deals are on older versions. Say where each stage goes.", [this.deals]),
			__("No gate judges this move, and the ledger records it for each deal."),
		].join(" ");
	}

	async published_stages(version) {
		const { message } = await frappe.db.get_value("Pipeline Version", version, "definition");
		return JSON.parse(message.definition).stages.map((stage) => stage.name);
	}

	/** One row for a stage, whichever versions its deals are on. */
	by_stage() {
		const rows = {};
		for (const { stage, deals, is_gone } of this.waiting) {
			const name = stage || "";
			rows[name] = { stage: name, deals: (rows[name]?.deals || 0) + deals, is_gone };
		}
		return Object.values(rows);
	}

	stage_field({ stage, deals, is_gone }, index, stages) {
		return {
			fieldname: `stage_${index}`,
			fieldtype: "Select",
			label: `${stage ? __(stage) : __("No stage")} (${deals})`,
			options: is_gone ? ["", ...stages] : stages,
			default: is_gone ? "" : stage,
			description: is_gone ? __("The new version does not have this stage.") : "",
			reqd: 1,
		};
	}

	async start(stage_map) {
		this.show_progress();
		const { message: deals } = await this.frm.call({
			method: "move_deals",
			doc: this.frm.doc,
			args: { stage_map },
			freeze: true,
		});
		frappe.show_alert({
			message: __("{0} deals are being moved in the background.", [deals]),
			indicator: "blue",
		});
	}

	show_progress() {
		const title = __("Moving Deals");
		frappe.realtime.on(MoveDealsDialog.EVENT, ({ pipeline, done, deals }) => {
			if (pipeline !== this.frm.doc.name) {
				return;
			}
			frappe.show_progress(title, done, deals, __("{0} of {1} deals", [done, deals]), true);
			if (done >= deals) {
				frappe.realtime.off(MoveDealsDialog.EVENT);
				frappe.show_alert({ message: __("{0} deals have been moved.", [deals]), indicator: "green" });
				this.frm.reload_doc();
			}
		});
	}
};
