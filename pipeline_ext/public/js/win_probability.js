frappe.provide("pipeline_ext");

/** How likely an open deal is won, above its form: why, since when, and what that was learned from. */
pipeline_ext.WinProbability = class WinProbability {
	static WIDTH = 120;
	static HEIGHT = 32;

	constructor(frm) {
		this.frm = frm;
	}

	async refresh() {
		this.remove();
		const { docname } = this.frm;
		if (this.frm.is_new()) {
			return;
		}
		const found = await frappe.xcall("pipeline_ext.api.win_probability", { opportunity: docname });
		if (docname === this.frm.docname && found.learned_from) {
			this.show(found);
		}
	}

	remove() {
		this.frm.layout.wrapper.children(".pe-chance").remove();
	}

	show(found) {
		this.remove();
		this.found = found;
		const html = found.chance === undefined ? this.source_html : this.chance_html;
		$(`<section class="pe-chance" aria-label="${__("Chance to Win")}">${html}</section>`).prependTo(
			this.frm.layout.wrapper
		);
	}

	get chance_html() {
		const { chance, this_month, this_quarter, raises, lowers } = this.found;
		return `<div>
				<span class="pe-chance-label">${__("Chance to Win")}</span>
				<b class="pe-chance-now">${this.percent(chance)}</b>${this.history_html}
				<span class="pe-chance-soon">${__("this month {0}, this quarter {1}", [
					this.percent(this_month),
					this.percent(this_quarter),
				])}</span>
			</div>
			${this.reasons_html(__("What raises it"), raises)}
			${this.reasons_html(__("What lowers it"), lowers)}
			${this.source_html}`;
	}

	get source_html() {
		return `<p class="pe-chance-source">${frappe.utils.escape_html(this.found.learned_from)}</p>`;
	}

	percent(value) {
		const certain = value < 1 ? "< 1" : value > 99 ? "> 99" : Math.round(value);
		return __("{0} %", [certain]);
	}

	reasons_html(title, reasons) {
		const rows = reasons.map(
			({ text, points }) => `<li>
				<span class="pe-points ${points > 0 ? "pe-up" : "pe-down"}"
				>${points > 0 ? "+" : "−"}${Math.round(Math.abs(points))}</span>
				<span>${frappe.utils.escape_html(text)}</span></li>`
		);
		const unit = __("Percentage points, compared with the same deal if it were usual in this");
		return rows.length
			? `<div class="pe-chance-reasons" title="${unit}">
				<span class="pe-chance-label">${title}</span><ul>${rows.join("")}</ul></div>`
			: "";
	}

	/** A line that holds each chance until it changed, by the day, from 0 to 100 %. */
	get history_html() {
		const { history } = this.found;
		if (history.length < 2) {
			return "";
		}
		const { WIDTH, HEIGHT } = WinProbability;
		const days = history.map(({ day }) => frappe.datetime.get_day_diff(day, history[0].day));
		const x = days.map((days_in) => (days_in / days[days.length - 1]) * WIDTH);
		const y = history.map(({ chance }) => HEIGHT * (1 - chance / 100));
		const line = y.map((height, index) => (index ? `H${x[index]}V${height}` : `M0 ${height}`)).join("");
		const told = __("{0} on {1}, {2} today", [
			this.percent(history[0].chance),
			frappe.datetime.str_to_user(history[0].day),
			this.percent(this.found.chance),
		]);
		return `<svg class="pe-chance-history" role="img" aria-label="${told}" width="${WIDTH}" height="${HEIGHT}"
			viewBox="0 -2 ${WIDTH} ${HEIGHT + 4}"><title>${told}</title>
			<path class="pe-area" d="${line}V${HEIGHT}H0Z"/><path class="pe-line" d="${line}"/></svg>`;
	}
};

frappe.ui.form.on("Opportunity", {
	setup(frm) {
		frm.win_probability = new pipeline_ext.WinProbability(frm);
	},

	refresh(frm) {
		frm.win_probability.refresh();
	},
});
