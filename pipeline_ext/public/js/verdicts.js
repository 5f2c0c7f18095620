frappe.provide("pipeline_ext");

/** Verdicts and objections of a gate as HTML: what is missing, what was seen, from whom and when. */
pipeline_ext.Verdicts = class Verdicts {
	static MARKS = {
		met: { mark: "✓", look: "pe-met", label: __("Met") },
		missing: { mark: "✕", look: "pe-unmet", label: __("Missing") },
		warned: { mark: "!", look: "pe-warned", label: __("Open") },
		short: { mark: "○", look: "pe-short", label: __("Open") },
	};
	static NAMES_ITS_SOURCE = ["checklist", "sign_off"];

	/** `buttons_for(verdict)` gives the buttons of a verdict, as [action, label] pairs. */
	constructor(decision, buttons_for = () => []) {
		this.decision = decision;
		this.buttons_for = buttons_for;
	}

	get html() {
		const { verdicts, objections = [] } = this.decision;
		const applicable = verdicts.filter((verdict) => verdict.state !== "not applicable");
		const must_meet = applicable.filter((verdict) => !verdict.weight);
		const should_meet = applicable.filter((verdict) => verdict.weight);
		const not_applicable = verdicts.filter((verdict) => !applicable.includes(verdict));
		return [
			this.list_html([...objections.map(this.objection_html), ...this.rows(must_meet)]),
			this.group_html(__("Counts towards the scorecard"), should_meet),
			this.folded_html(not_applicable),
		].join("");
	}

	rows(verdicts) {
		return verdicts.map((verdict) => this.verdict_html(verdict));
	}

	list_html(rows) {
		return rows.length ? `<ul class="pe-verdicts">${rows.join("")}</ul>` : "";
	}

	group_html(title, verdicts) {
		return verdicts.length
			? `<div class="pe-group">${title}</div>${this.list_html(this.rows(verdicts))}`
			: "";
	}

	folded_html(verdicts) {
		if (!verdicts.length) {
			return "";
		}
		const titles = verdicts.map((verdict) => `<li>${frappe.utils.escape_html(__(verdict.title))}</li>`);
		const summary = __("Do not apply here: {0}", [verdicts.length]);
		return `<details class="pe-folded"><summary>${summary}</summary><ul>${titles.join("")}</ul></details>`;
	}

	objection_html(objection) {
		const { mark, look, label } = Verdicts.MARKS.missing;
		return `<li class="${look}"><span class="pe-mark" role="img" aria-label="${label}">${mark}</span>
			<div class="pe-what"><b>${frappe.utils.escape_html(objection.text)}</b></div></li>`;
	}

	verdict_html(verdict) {
		const { mark, look, label } = Verdicts.MARKS[this.standing_of(verdict)];
		return `<li class="${look}" data-criterion="${frappe.utils.escape_html(verdict.criterion)}">
			<span class="pe-mark" role="img" aria-label="${label}">${mark}</span>
			<div class="pe-what"><b>${frappe.utils.escape_html(__(verdict.title))}</b>
				<span class="pe-evidence">${this.evidence_html(verdict)}</span>${this.hint_html(verdict)}</div>
			${this.buttons_html(verdict)}</li>`;
	}

	standing_of(verdict) {
		if (verdict.state === "met") {
			return "met";
		}
		if (verdict.weight) {
			return "short";
		}
		return verdict.blocks ? "missing" : "warned";
	}

	evidence_html(verdict) {
		const parts = [frappe.utils.escape_html(verdict.text)];
		if (verdict.document && !Verdicts.NAMES_ITS_SOURCE.includes(verdict.type)) {
			const link = frappe.utils.get_form_link(verdict.document_type, verdict.document);
			const name = verdict.type === "linked" ? verdict.document : __("Open");
			parts.push(`<a href="${link}">${frappe.utils.escape_html(name)}</a>`);
			parts.push(frappe.utils.escape_html(verdict.by_name || ""));
			parts.push(frappe.datetime.str_to_user(verdict.on, false, true));
		}
		if (verdict.weight) {
			parts.push(__("weight {0}", [verdict.weight]));
		}
		return parts.filter(Boolean).join(" · ");
	}

	hint_html(verdict) {
		return verdict.hint && verdict.state === "unmet"
			? `<span class="pe-hint">${frappe.utils.escape_html(verdict.hint)}</span>`
			: "";
	}

	buttons_html(verdict) {
		const buttons = this.buttons_for(verdict).map(
			([action, label]) =>
				`<button type="button" class="btn btn-xs btn-default" data-action="${action}">${label}</button>`
		);
		return buttons.length ? `<div class="pe-buttons">${buttons.join("")}</div>` : "";
	}
};
