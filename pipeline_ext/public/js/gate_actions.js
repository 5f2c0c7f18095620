frappe.provide("pipeline_ext");

/** What a person does at a gate: prove a criterion, sign it off, move the document, with or without leave. */
pipeline_ext.GateActions = class GateActions {
	/** `show(status)` is told the document's new path. */
	constructor(frm, show) {
		this.frm = frm;
		this.show = show;
	}

	get document() {
		return { doctype: this.frm.doctype, name: this.frm.docname };
	}

	/** What the session's user can do about a criterion: [action, label] pairs. */
	buttons_for(verdict, may_write) {
		const { type, state, role } = verdict;
		if (type === "checklist" && may_write) {
			return state === "met" ? [["withdraw", __("Withdraw")]] : [["confirm", __("Confirm")]];
		}
		if (type === "sign_off" && this.may_sign_off(role)) {
			return [
				["Go", __("Go")],
				["Hold", __("Hold")],
				["Recycle", __("Recycle")],
			];
		}
		if (type === "score" && frappe.model.can_create("Qualification Assessment")) {
			return [["assess", __("Assess")]];
		}
		if (type === "attachment" && state === "unmet" && may_write) {
			return [["attach", __("Attach")]];
		}
		return [];
	}

	/** Nobody signs off as Administrator, who has every role. */
	may_sign_off(role) {
		return frappe.session.user !== "Administrator" && frappe.user_roles.includes(role);
	}

	/** Do what a button beside one of these verdicts says. */
	act_on(button, verdicts) {
		const key = button.closest("[data-criterion]").getAttribute("data-criterion");
		const verdict = verdicts.find((each) => each.criterion === key);
		return this.act(button.getAttribute("data-action"), verdict);
	}

	act(action, verdict) {
		const acts = {
			confirm: () => this.confirm(verdict),
			withdraw: () => this.withdraw(verdict),
			assess: () => this.assess(verdict),
			attach: () => this.attach(),
		};
		return (acts[action] || (() => this.sign_off(verdict, action)))();
	}

	confirm(verdict) {
		const fields = [];
		if (verdict.needs_note) {
			const label = __("What do you know?");
			fields.push({ fieldname: "note", fieldtype: "Small Text", label, reqd: 1 });
		}
		if (verdict.needs_file) {
			const { doctype, name: docname } = this.document;
			fields.push({
				fieldname: "file",
				fieldtype: "Attach",
				label: __("File That Shows It"),
				options: { doctype, docname },
				reqd: 1,
			});
		}
		if (!fields.length) {
			return this.answer(verdict, "Confirmed");
		}
		this.ask(verdict, fields, __("Confirm"), (values) => this.answer(verdict, "Confirmed", values));
	}

	withdraw(verdict) {
		const why = { fieldname: "note", fieldtype: "Small Text", label: __("Why is it not so any more?") };
		this.ask(verdict, [why], __("Withdraw"), (values) => this.answer(verdict, "Withdrawn", values));
	}

	sign_off(verdict, answer) {
		const labels = {
			Go: __("Comment"),
			Hold: __("What has to happen first?"),
			Recycle: __("What has to be worked on again?"),
		};
		const comment = {
			fieldname: "note",
			fieldtype: "Small Text",
			label: labels[answer],
			reqd: answer !== "Go",
		};
		this.ask(verdict, [comment], __(answer), (values) => this.answer(verdict, answer, values));
	}

	ask(verdict, fields, label, then) {
		frappe.prompt(fields, then, frappe.utils.escape_html(__(verdict.title)), label);
	}

	async answer(verdict, answer, { note, file } = {}) {
		const args = { ...this.document, criterion: verdict.criterion, answer, note, file };
		const status = await this.call("confirm_criterion", args);
		if (status) {
			this.show(status);
		}
		if (file) {
			this.frm.sidebar.reload_docinfo();
		}
	}

	assess(verdict) {
		frappe.new_doc("Qualification Assessment", {
			document_type: this.frm.doctype,
			document_name: this.frm.docname,
			framework: verdict.framework,
		});
	}

	attach() {
		const { doctype, name: docname } = this.document;
		new frappe.ui.FileUploader({ doctype, docname, on_success: () => this.frm.reload_doc() });
	}

	/** Move on at once: what was asked for stands beside the button. */
	async move(to_stage, leave = {}) {
		if (this.refuse_unsaved()) {
			return;
		}
		await this.call("move", { ...this.document, to_stage, ...leave });
		this.frm.reload_doc();
	}

	/** Show what a move would meet, and make it if the person still wants it. */
	async consider(stage, may_override) {
		if (this.refuse_unsaved()) {
			return;
		}
		const args = { ...this.document, to_stage: stage.name };
		const decision = await this.call("preview_move", args, "GET");
		if (!decision) {
			return;
		}
		if (stage.outcome === "Lost" && this.is_ready_for_reason(decision)) {
			this.frm.trigger("set_as_lost_dialog");
			return;
		}
		const answered = (status) => {
			this.show(status);
			this.consider(stage, may_override);
		};
		const actions = new pipeline_ext.GateActions(this.frm, answered);
		new pipeline_ext.MoveDialog(actions, stage, decision, may_override);
	}

	/** ERPNext's own dialog asks for the reason why a deal is lost, where there is one, and moves the deal. */
	is_ready_for_reason({ verdicts, objections }) {
		const handlers = frappe.ui.form.handlers[this.frm.doctype] || {};
		const open = verdicts.filter((verdict) => verdict.state === "unmet" && verdict.blocks);
		const only_fields = open.every((verdict) => verdict.type === "field");
		return Boolean(handlers.set_as_lost_dialog) && only_fields && !objections.length;
	}

	change_pipeline(others) {
		const pipeline = {
			fieldname: "pipeline",
			fieldtype: "Select",
			label: __("Pipeline"),
			options: others,
			default: others[0],
			reqd: 1,
			description: __("It keeps its stage where that pipeline has it too, else it starts at the first."),
		};
		frappe.prompt(
			[pipeline],
			async (values) => {
				if (this.refuse_unsaved()) {
					return;
				}
				await this.call("change_pipeline", { ...this.document, ...values });
				this.frm.reload_doc();
			},
			__("Change Pipeline"),
			__("Change")
		);
	}

	refuse_unsaved() {
		const unsaved = this.frm.is_dirty();
		if (unsaved) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
		}
		return unsaved;
	}

	/** The server's answer, or nothing where it refused: frappe.call has shown why. */
	async call(method, args, type = "POST") {
		try {
			const { message } = await frappe.call({
				method: `pipeline_ext.api.${method}`,
				args,
				type,
				freeze: true,
			});
			return message;
		} catch {
			return null;
		}
	}
};

/** What a move would meet; moves on confirmation, past the gate only with a Gate Keeper's reason. */
pipeline_ext.MoveDialog = class MoveDialog {
	constructor(actions, stage, decision, may_override) {
		this.actions = actions;
		this.decision = decision;
		this.past_the_gate = !decision.allowed && decision.may_be_waived && may_override;
		const dialog = new frappe.ui.Dialog({
			title: __("Move to {0}?", [frappe.utils.escape_html(stage.label)]),
			fields: [
				{ fieldname: "decision", fieldtype: "HTML", options: this.html },
				...(this.past_the_gate ? this.leave_fields : []),
			],
		});
		if (decision.allowed || this.past_the_gate) {
			const label = this.past_the_gate ? __("Move Past the Gate") : __("Move");
			dialog.set_primary_action(label, (leave) => {
				dialog.hide();
				actions.move(stage.name, leave);
			});
		}
		dialog.$wrapper.on("click", "[data-action]", ({ currentTarget }) => {
			dialog.hide();
			actions.act_on(currentTarget, decision.verdicts);
		});
		dialog.show();
	}

	get html() {
		const verdicts = new pipeline_ext.Verdicts(this.decision, (verdict) =>
			this.actions.buttons_for(verdict, true)
		);
		return `<div class="pe-decision"><p>${this.lead}</p>${verdicts.html}</div>`;
	}

	get lead() {
		const { allowed, objects, may_be_waived } = this.decision;
		if (allowed) {
			return objects
				? __("This pipeline only warns: the move goes through, and what is missing is recorded.")
				: __("Nothing stands in the way.");
		}
		if (this.past_the_gate) {
			return __("Something is missing. As a Gate Keeper you can let it pass, with a reason.");
		}
		return may_be_waived
			? __("Something is missing. If it has to move all the same, ask a Gate Keeper.")
			: __("This move is not possible.");
	}

	get leave_fields() {
		return [
			{ fieldtype: "Section Break" },
			{
				fieldname: "override_reason",
				fieldtype: "Small Text",
				label: __("Why does it move on all the same?"),
				reqd: 1,
			},
			{
				fieldname: "owed_by",
				fieldtype: "Date",
				label: __("Evidence Owed By"),
				default: frappe.datetime.add_days(frappe.datetime.get_today(), 7),
				description: __("The owner gets a task for it."),
				reqd: 1,
			},
		];
	}
};
