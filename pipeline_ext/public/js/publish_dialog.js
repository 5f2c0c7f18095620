frappe.provide("pipeline_ext");

/** What publishing a draft would change for the open deals, before it is published. */
pipeline_ext.PublishDialog = class PublishDialog {
	static EVENT = "pipeline_publish_preview";
	static CHANGES = {
		newly_blocked: { look: "red", label: __("would be held up") },
		stage_gone: { look: "orange", label: __("in a stage that is gone") },
		freed: { look: "green", label: __("could move on") },
		unchanged: { look: "gray", label: __("as before") },
	};

	/** `published(version)` is called once it is done. */
	constructor(frm, published) {
		this.frm = frm;
		this.published = published;
	}

	async open() {
		const preview = await this.call("preview_publish");
		this.dialog = new frappe.ui.Dialog({
			title: __("Publish {0}?", [frappe.utils.escape_html(this.frm.doc.name)]),
			size: "extra-large",
			fields: [{ fieldname: "preview", fieldtype: "HTML" }],
			on_hide: () => frappe.realtime.off(PublishDialog.EVENT),
		});
		if ("queued" in preview) {
			this.wait(preview.queued);
		} else {
			this.show(preview);
		}
		this.dialog.show();
	}

	async call(method) {
		const { message } = await this.frm.call({ method, doc: this.frm.doc, freeze: true });
		return message;
	}

	wait(deals) {
		this.set_html(
			`<p>${__("Working out in the background what would change for {0} open deals.", [deals])}</p>`
		);
		this.offer(__("Publish Without Waiting"));
		frappe.realtime.on(PublishDialog.EVENT, (preview) => this.show(preview));
	}

	show(preview) {
		this.set_html(this.preview_html(preview));
		this.offer(__("Publish"));
	}

	set_html(html) {
		this.dialog.get_field("preview").$wrapper.html(`<div class="pe-preview">${html}</div>`);
	}

	offer(label) {
		this.dialog.set_primary_action(label, async () => {
			this.dialog.hide();
			const version = await this.call("publish");
			frappe.show_alert({ message: __("Published as {0}", [version]), indicator: "green" });
			await this.frm.reload_doc();
			this.published(version);
		});
	}

	preview_html(preview) {
		if (!preview.deals) {
			const none = __("No open deal is in this pipeline yet. New deals follow the new version.");
			return `<p>${none}</p>`;
		}
		const lead = [
			__("New deals follow the new version."),
			__("Those in flight stay on theirs until you move them over."),
			__("Moved over, the {0} open deals would stand like this:", [preview.deals]),
		];
		return `<p>${lead.join(" ")}</p>${this.counts_html(preview)}${this.table_html(preview)}`;
	}

	counts_html({ counts }) {
		const pills = Object.entries(PublishDialog.CHANGES)
			.filter(([change]) => counts[change])
			.map(([change, { look, label }]) => {
				const text = `${counts[change]} ${label}`;
				return `<span class="indicator-pill ${look}" data-change="${change}">${text}</span>`;
			});
		return `<div class="pe-counts">${pills.join("")}</div>`;
	}

	table_html({ shown, not_shown }) {
		if (!shown.length) {
			return "";
		}
		const with_amount = shown.some((deal) => deal.amount);
		const amount = with_amount ? [__("Amount")] : [];
		const headings = [__("Deal"), __("Owner"), __("Stage"), ...amount, __("What Changes")];
		const more = not_shown
			? `<p class="text-muted">${__("{0} smaller ones are not shown.", [not_shown])}</p>`
			: "";
		return `<div class="pe-scroll"><table class="table table-bordered">
			<thead><tr>${headings.map((heading) => `<th>${heading}</th>`).join("")}</tr></thead>
			<tbody>${shown.map((deal) => this.row_html(deal, with_amount)).join("")}</tbody>
		</table></div>${more}`;
	}

	row_html(deal, with_amount) {
		const link = frappe.utils.get_form_link(this.frm.doc.document_type, deal.name);
		const amount = `<td class="text-right">${format_currency(deal.amount, this.currency)}</td>`;
		return `<tr data-name="${frappe.utils.escape_html(deal.name)}">
			<td><a href="${link}" target="_blank">${frappe.utils.escape_html(deal.title)}</a>
				<div class="text-muted small">${frappe.utils.escape_html(deal.name)}</div></td>
			<td>${frappe.utils.escape_html(deal.owner_name)}</td>
			<td>${frappe.utils.escape_html(__(deal.stage || ""))}</td>
			${with_amount ? amount : ""}
			<td>${this.change_html(deal)}</td></tr>`;
	}

	/** Of the pipeline's company, else of the user's: amounts are in company currency. */
	get currency() {
		return erpnext.get_currency(this.frm.doc.company || frappe.defaults.get_user_default("Company"));
	}

	change_html({ change, missing, missing_now }) {
		if (change === "stage_gone") {
			return __("Its stage is gone: choose where it goes when you move it over.");
		}
		if (change === "freed") {
			return __("Misses no longer: {0}", [this.titles(missing_now)]);
		}
		const new_ones = missing.filter((title) => !missing_now.includes(title));
		return __("Would miss: {0}", [this.titles(new_ones)]);
	}

	titles(titles) {
		return titles.map((title) => frappe.utils.escape_html(__(title))).join(", ");
	}
};
