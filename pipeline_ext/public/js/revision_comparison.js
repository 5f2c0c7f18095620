frappe.provide("pipeline_ext");

/** Two revisions of a quote side by side: which they are, and what differs between them. */
pipeline_ext.RevisionComparison = class RevisionComparison {
	/** `on_choice(older, newer)` is told the numbers of what is compared. */
	constructor(wrapper, quotation, on_choice = () => {}) {
		this.wrapper = $(wrapper);
		this.quotation = quotation;
		this.on_choice = on_choice;
	}

	/** Show two revisions by number; the last two where none are named. */
	async show(older, newer) {
		const quotation = this.quotation;
		this.revisions = await frappe.xcall("pipeline_ext.api.list_revisions", { quotation });
		if (!this.revisions.length) {
			this.say(__("No revision of {0} is recorded yet.", [frappe.utils.escape_html(quotation)]));
			return;
		}
		const [last, before = last] = this.revisions;
		await this.compare(this.numbered(older) || before, this.numbered(newer) || last);
	}

	numbered(number) {
		return this.revisions.find((revision) => revision.number === cint(number));
	}

	async compare(older, newer) {
		this.older = older;
		this.newer = newer;
		this.on_choice(older.number, newer.number);
		const comparison = await frappe.xcall("pipeline_ext.api.compare_revisions", {
			revision: older.name,
			other: newer.name,
		});
		if (this.older === older && this.newer === newer) {
			this.render(comparison);
		}
	}

	say(text) {
		this.wrapper.html(`<p class="text-muted pe-nothing">${text}</p>`);
	}

	render(comparison) {
		this.comparison = comparison;
		this.wrapper.html(`<div class="pe-revisions">${this.heads_html}${this.body_html}</div>`);
		this.wrapper.find("select").on("change", () => {
			const chosen = (side) => this.numbered(this.wrapper.find(`select[name="${side}"]`).val());
			this.compare(chosen("older"), chosen("newer"));
		});
	}

	// Which they are

	get heads_html() {
		return `<div class="pe-heads">
			${this.head_html(__("From"), "older", this.older)}
			<span class="pe-arrow" aria-hidden="true">→</span>
			${this.head_html(__("To"), "newer", this.newer)}
			${this.sum_html}
		</div>`;
	}

	head_html(label, side, revision) {
		const options = this.revisions.map((each) => {
			const { number, is_current } = each;
			const text = is_current ? __("Revision {0}, current", [number]) : __("Revision {0}", [number]);
			return `<option value="${number}" ${each === revision ? "selected" : ""}>${text}</option>`;
		});
		const who = frappe.utils.escape_html(revision.submitted_by_name);
		const when = frappe.datetime.str_to_user(revision.submitted_on, false, true);
		return `<div class="pe-head">
			<label>${label}
				<select name="${side}" class="form-control input-xs">${options.join("")}</select>
			</label>
			<div>${frappe.utils.get_form_link("Quotation", revision.quotation, true)}</div>
			<div class="text-muted">${when} · ${who}</div>
		</div>`;
	}

	get sum_html() {
		const { net_total: old, currency } = this.older;
		const { net_total: now } = this.newer;
		const sign = now > old ? "+" : "";
		const same_currency = currency === this.newer.currency;
		const by = same_currency && now !== old ? `${sign}${format_currency(now - old, currency)}` : "";
		return `<div class="pe-head pe-sum">
			<label>${__("Net Total")}</label>
			<div class="pe-sum-now">${format_currency(now, this.newer.currency)}</div>
			<div class="${this.look(by ? now > old : null)}">${by}</div>
		</div>`;
	}

	// What differs

	get body_html() {
		const { measures, tables, figures, terms, texts } = this.comparison;
		const parts = [
			this.list_html(__("What Is Given Away"), measures, this.comparison.company_currency),
			...tables.map((table) => this.table_html(table)),
			this.list_html(__("Totals"), figures),
			this.list_html(__("Terms"), terms),
			...texts.map((text) => this.text_html(text)),
		].filter(Boolean);
		return parts.join("") || `<p class="text-muted pe-nothing">${__("Nothing differs.")}</p>`;
	}

	section_html(title, body) {
		return `<section><h5>${title}</h5>${body}</section>`;
	}

	list_html(title, changes, currency) {
		const rows = changes.map(
			(change) => `<div><dt>${change.label}</dt><dd>${this.change_html(change, currency)}</dd></div>`
		);
		return rows.length ? this.section_html(title, `<dl class="pe-changes">${rows.join("")}</dl>`) : "";
	}

	change_html(change, currency) {
		const [old, now] = this.values(change, currency);
		return `<del>${old}</del> <span class="pe-arrow" aria-hidden="true">→</span>
			<ins class="${this.look(change.is_better)}">${now}</ins>`;
	}

	values({ old, new: now, fieldtype }, currency) {
		return [
			this.value(old, fieldtype, currency || this.older.currency),
			this.value(now, fieldtype, currency || this.newer.currency),
		];
	}

	value(value, fieldtype, currency) {
		if (value === null || value === undefined || value === "") {
			return "–";
		}
		const formats = {
			Currency: () => format_currency(value, currency),
			Percent: () => __("{0} %", [format_number(value, null, 2)]),
			Float: () => format_number(value, null, Number.isInteger(value) ? 0 : 3),
			Int: () => format_number(value, null, 0),
			Check: () => (value ? __("Yes") : __("No")),
			Date: () => frappe.datetime.str_to_user(value),
		};
		return (formats[fieldtype] || (() => frappe.utils.escape_html(value)))();
	}

	look(is_better) {
		return { true: "pe-better", false: "pe-worse" }[is_better] || "";
	}

	// Rows

	table_html({ label, columns, rows }) {
		const heads = columns.map((column) => `<th class="text-right">${column.label}</th>`).join("");
		const body = rows.map((row) => this.row_html(row, columns)).join("");
		const table = `<table class="table"><thead><tr><th></th>${heads}</tr></thead><tbody>${body}</tbody></table>`;
		return this.section_html(label, `<div class="pe-scroll">${table}</div>`);
	}

	row_html(row, columns) {
		const kinds = { Added: __("Added"), Removed: __("Removed"), Changed: "" };
		const pill = kinds[row.kind] ? `<span class="pe-kind">${kinds[row.kind]}</span>` : "";
		const also = row.also.map(
			(change) => `<div class="pe-also">${change.label}: ${this.change_html(change)}</div>`
		);
		const cells = row.cells.map((cell, index) => {
			return `<td class="text-right">${this.cell_html(row, { ...cell, ...columns[index] })}</td>`;
		});
		return `<tr class="pe-${row.kind.toLowerCase()}">
			<td>${frappe.utils.escape_html(row.title)} ${pill}${also.join("")}</td>${cells.join("")}
		</tr>`;
	}

	cell_html(row, cell) {
		const [old, now] = this.values(cell);
		if (cell.is_changed) {
			return `<del>${old}</del><ins class="${this.look(cell.is_better)}">${now}</ins>`;
		}
		return row.kind === "Removed" ? old : now;
	}

	// Texts

	text_html({ label, passages }) {
		const tags = { Kept: "span", Removed: "del", Added: "ins" };
		const html = passages.map(({ kind, text }) => {
			const shown = frappe.utils.escape_html(kind === "Kept" ? this.shortened(text) : text);
			return `<${tags[kind]}>${shown}</${tags[kind]}>`;
		});
		return this.section_html(label, `<div class="pe-text">${html.join("")}</div>`);
	}

	/** What stays the same, without its middle where that is long. */
	shortened(text) {
		const lines = text.split("\n");
		return lines.length > 7 ? [...lines.slice(0, 3), "…", ...lines.slice(-3)].join("\n") : text;
	}
};
