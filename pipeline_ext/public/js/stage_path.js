frappe.provide("pipeline_ext");

pipeline_ext.StagePath = class StagePath {
	constructor(frm) {
		this.frm = frm;
	}

	async refresh() {
		this.remove();
		if (this.frm.is_new()) {
			return;
		}
		const { doctype, docname } = this.frm;
		const status = await frappe.xcall("pipeline_ext.api.gate_status", { doctype, name: docname });
		if (docname !== this.frm.docname || !status.governed) {
			return;
		}
		this.status = status;
		this.remove();
		this.render();
	}

	remove() {
		this.frm.layout.wrapper.siblings(".pe-path").remove();
	}

	render() {
		this.$path = $(`<section class="pe-path" aria-label="${__("Pipeline")}"></section>`);
		this.$path.append(this.stages_html(), this.standing_html(), this.next_html());
		this.$path.insertBefore(this.frm.layout.wrapper);
		this.$path.on("click", "[data-move-to]", (event) =>
			this.move(String($(event.currentTarget).data("move-to")))
		);
		this.$path.on("click", "[data-choose]", (event) =>
			this.choose(String($(event.currentTarget).data("choose")))
		);
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
		const label = frappe.utils.escape_html(stage.label);
		const current = state === "current";
		const content =
			current || !this.status.may_move
				? `<span>${label}</span>`
				: `<button type="button" data-choose="${frappe.utils.escape_html(stage.name)}">${label}</button>`;
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
		const { days_in_stage, longest_stay, pipeline, mode, guidance, stage_is_known, stage } = this.status;
		const parts = [`<b>${frappe.utils.escape_html(pipeline)}</b>`];
		if (!stage_is_known) {
			parts.push(__("{0} is not a stage of this pipeline", [frappe.utils.escape_html(stage || "")]));
		}
		if (days_in_stage !== null) {
			const days = Math.floor(days_in_stage);
			const stalled = longest_stay && days > longest_stay;
			const text = longest_stay
				? __("{0} of at most {1} days in this stage", [days, longest_stay])
				: __("{0} days in this stage", [days]);
			parts.push(stalled ? `<span class="pe-stalled">${text}</span>` : text);
		}
		if (mode !== "Enforce") {
			parts.push(mode === "Warn" ? __("warns only") : __("switched off"));
		}
		const advice = guidance
			? `<p class="pe-guidance">${frappe.utils.escape_html(guidance)}</p>`
			: "";
		return `<p class="pe-standing">${parts.join(" · ")}</p>${advice}`;
	}

	next_html() {
		const next = this.status.next;
		if (!next) {
			return "";
		}
		const rows = next.verdicts.map((verdict) => this.verdict_html(verdict)).join("");
		const missing = next.verdicts.filter((verdict) => verdict.state === "unmet").length;
		const heading = missing
			? __("Missing before {0}", [__(next.to_stage)])
			: __("Ready for {0}", [__(next.to_stage)]);
		return `<div class="pe-next">
			<div class="pe-next-head"><span class="pe-next-title">${heading}</span>${this.button_html(next)}</div>
			<ul class="pe-verdicts">${rows}</ul>
		</div>`;
	}

	button_html(next) {
		if (!this.status.may_move) {
			return "";
		}
		const look = next.allowed && !next.objects ? "btn-primary" : "btn-default";
		const stage = frappe.utils.escape_html(next.to_stage);
		return `<button class="btn btn-xs ${look}" data-move-to="${stage}">${__("Move to {0}", [
			__(next.to_stage),
		])}</button>`;
	}

	verdict_html(verdict) {
		const unmet = verdict.state === "unmet";
		const mark = unmet ? (verdict.blocks ? "✕" : "!") : "✓";
		const look = unmet ? (verdict.blocks ? "pe-unmet" : "pe-warned") : "pe-met";
		const hint =
			unmet && verdict.hint
				? `<span class="pe-hint">${frappe.utils.escape_html(verdict.hint)}</span>`
				: "";
		return `<li class="${look}"><span class="pe-mark" aria-hidden="true">${mark}</span>
			<span><b>${frappe.utils.escape_html(__(verdict.title))}</b>
			<span class="pe-evidence">${frappe.utils.escape_html(verdict.text)}</span>${hint}</span></li>`;
	}

	choose(to_stage) {
		const { outcome, label } = this.status.stages.find((stage) => stage.name === to_stage);
		const handlers = frappe.ui.form.handlers[this.frm.doctype] || {};
		if (outcome === "Lost" && handlers.set_as_lost_dialog) {
			this.frm.trigger("set_as_lost_dialog");
			return;
		}
		frappe.confirm(__("Move to {0}?", [frappe.utils.escape_html(label).bold()]), () => this.move(to_stage));
	}

	async move(to_stage) {
		if (this.frm.is_dirty()) {
			frappe.show_alert({ message: __("Save your changes first."), indicator: "orange" });
			return;
		}
		const { doctype, docname: name } = this.frm;
		await frappe
			.call({
				method: "pipeline_ext.api.move",
				args: { doctype, name, to_stage },
				freeze: true,
			})
			.catch(() => {
				// frappe.call has shown the refusal
			});
		this.frm.reload_doc();
	}
};
