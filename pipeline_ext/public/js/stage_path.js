frappe.provide("pipeline_ext");

/** The stages of a governed document above its form: where it stands, and what is missing to move on. */
pipeline_ext.StagePath = class StagePath {
	constructor(frm, stage_field) {
		this.frm = frm;
		this.stage_field = stage_field;
		this.actions = new pipeline_ext.GateActions(frm, (status) => this.show(status));
	}

	async refresh() {
		this.remove();
		if (this.frm.is_new()) {
			return;
		}
		const { doctype, docname } = this.frm;
		const status = await frappe.xcall("pipeline_ext.api.gate_status", { doctype, name: docname });
		if (docname === this.frm.docname && status.problem) {
			this.frm.set_intro(frappe.utils.escape_html(status.problem), "red");
		}
		if (docname === this.frm.docname && status.governed) {
			this.show(status);
			this.offer_stages();
			this.add_menu_items();
		}
	}

	remove() {
		this.frm.layout.wrapper.siblings(".pe-path").remove();
	}

	show(status) {
		this.status = status;
		this.remove();
		this.$path = $(`<section class="pe-path" aria-label="${__("Pipeline")}"></section>`);
		this.$path.append(this.stages_html(), this.standing_html(), this.owed_html(), this.next_html());
		this.$path.insertBefore(this.frm.layout.wrapper);
		this.scroll_to_current();
		this.$path.on("click", "[data-move-to]", (event) => this.actions.move(this.data(event, "move-to")));
		this.$path.on("click", "[data-choose]", (event) => this.choose(this.data(event, "choose")));
		this.$path.on("click", "[data-action]", (event) =>
			this.actions.act_on(event.currentTarget, this.verdicts)
		);
	}

	data(event, name) {
		return event.currentTarget.getAttribute(`data-${name}`);
	}

	/** On a phone the stages do not all fit. */
	scroll_to_current() {
		const [steps] = this.$path.find(".pe-steps");
		const [current] = this.$path.find(".pe-current");
		if (current) {
			steps.scrollLeft = current.offsetLeft - (steps.clientWidth - current.clientWidth) / 2;
		}
	}

	/** The stage field offers the stages of this pipeline. */
	offer_stages() {
		const names = this.status.stages.map((stage) => stage.name);
		const whose = __("Stages of {0}", [frappe.utils.escape_html(this.status.pipeline)]);
		this.frm.set_query(this.stage_field, () => ({ filters: { name: ["in", names] } }));
		this.frm.set_df_property(this.stage_field, "filter_description", whose);
	}

	add_menu_items() {
		const { page } = this.frm;
		if (this.status.may_move && this.status.other_pipelines.length) {
			page.add_menu_item(__("Change Pipeline"), () =>
				this.actions.change_pipeline(this.status.other_pipelines)
			);
		}
		page.add_menu_item(__("Pipeline History"), () =>
			frappe.set_route("List", "Pipeline Ledger Entry", {
				document_type: this.frm.doctype,
				document_name: this.frm.docname,
			})
		);
	}

	choose(name) {
		const stage = this.status.stages.find((each) => each.name === name);
		return this.actions.consider(stage, this.status.may_override);
	}

	/** Those that the next move asks for, and those that earlier moves still owe. */
	get verdicts() {
		return [this.status.next, ...this.status.owed].flatMap((decision) => decision?.verdicts || []);
	}

	stages_html() {
		const names = this.status.stages.map((stage) => stage.name);
		const position = names.indexOf(this.status.stage);
		const steps = this.status.stages.map((stage, index) =>
			this.step_html(stage, this.state_of(stage, index, position))
		);
		return `<ol class="pe-steps">${steps.join("")}</ol>`;
	}

	step_html(stage, state) {
		const label = frappe.utils.escape_html(stage.label).replaceAll("/", "/<wbr>");
		const name = frappe.utils.escape_html(stage.name);
		const current = state === "current";
		const content =
			current || !this.status.may_move
				? `<span>${label}</span>`
				: `<button type="button" data-choose="${name}">${label}</button>`;
		return `<li class="pe-step pe-${state} pe-outcome-${stage.outcome.toLowerCase()}"
			${current ? 'aria-current="step"' : ""}
			title="${__("{0} % likely to be won", [stage.probability])}">${content}</li>`;
	}

	state_of(stage, index, position) {
		if (stage.name === this.status.stage) {
			return "current";
		}
		const passed = this.status.outcome === "Won" || index < position;
		return stage.outcome === "Open" && passed && this.status.outcome !== "Lost" ? "done" : "ahead";
	}

	standing_html() {
		const { pipeline, mode, guidance, stage_is_known, stage } = this.status;
		const parts = [`<b>${frappe.utils.escape_html(pipeline)}</b>`];
		if (!stage_is_known) {
			parts.push(__("{0} is not a stage of this pipeline", [frappe.utils.escape_html(stage || "")]));
		}
		parts.push(this.stay_html());
		if (mode !== "Enforce") {
			parts.push(mode === "Warn" ? __("warns only") : __("switched off"));
		}
		const advice = guidance ? `<p class="pe-guidance">${frappe.utils.escape_html(guidance)}</p>` : "";
		return `<p class="pe-standing">${parts.filter(Boolean).join(" · ")}</p>${advice}`;
	}

	stay_html() {
		const { days_in_stage, longest_stay } = this.status;
		if (days_in_stage === null) {
			return "";
		}
		const days = Math.floor(days_in_stage);
		if (!longest_stay) {
			return __("{0} days in this stage", [days]);
		}
		const text = __("{0} of at most {1} days in this stage", [days, longest_stay]);
		return days > longest_stay ? `<span class="pe-stalled">${text}</span>` : text;
	}

	owed_html() {
		return this.status.owed.map((override) => this.override_html(override)).join("");
	}

	override_html({ name, to_stage, owed_by, overridden_by_name, reason, verdicts }) {
		const late = owed_by < frappe.datetime.get_today();
		const due = frappe.datetime.str_to_user(owed_by);
		const heading = late ? __("Evidence was owed by {0}", [due]) : __("Evidence is owed by {0}", [due]);
		const let_past = __("{0} let it pass to {1}: {2}", [
			frappe.utils.escape_html(overridden_by_name),
			frappe.utils.escape_html(__(to_stage)),
			frappe.utils.escape_html(reason),
		]);
		return `<div class="pe-owed ${late ? "pe-late" : ""}">
			<a href="${frappe.utils.get_form_link("Gate Override", name)}">${heading}</a>
			<span class="pe-hint">${let_past}</span>${this.verdicts_html({ verdicts })}</div>`;
	}

	next_html() {
		const next = this.status.next;
		if (!next) {
			return "";
		}
		const stage = frappe.utils.escape_html(__(next.to_stage));
		const heading = next.objects ? __("Missing before {0}", [stage]) : __("Ready for {0}", [stage]);
		return `<div class="pe-next">
			<div class="pe-next-head">
				<span class="pe-next-title">${heading}</span>${this.move_buttons_html(next)}
			</div>
			${this.verdicts_html(next)}
		</div>`;
	}

	verdicts_html(decision) {
		return new pipeline_ext.Verdicts(decision, (verdict) =>
			this.actions.buttons_for(verdict, this.status.may_move)
		).html;
	}

	move_buttons_html(next) {
		if (!this.status.may_move) {
			return "";
		}
		const stage = frappe.utils.escape_html(next.to_stage);
		const look = `btn btn-xs ${next.objects ? "btn-default" : "btn-primary"}`;
		const label = __("Move to {0}", [frappe.utils.escape_html(__(next.to_stage))]);
		const move = `<button type="button" class="${look}" data-move-to="${stage}">${label}</button>`;
		const past = `<button type="button" class="btn btn-xs btn-default" data-choose="${stage}">${__(
			"Move Past the Gate"
		)}</button>`;
		const may_pass = !next.allowed && next.may_be_waived && this.status.may_override;
		return move + (may_pass ? past : "");
	}
};
