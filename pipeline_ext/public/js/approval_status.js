frappe.provide("pipeline_ext");

/** One look for each status of an approval, wherever it is shown. */
pipeline_ext.ApprovalStatus = class ApprovalStatus {
	static COLOURS = {
		Required: "yellow",
		Pending: "orange",
		Approved: "green",
		Rejected: "red",
		Recalled: "gray",
		Closed: "gray",
		Stale: "pe-stale",
		"Not Required": "gray",
	};

	static pill(status, text) {
		return `<span class="indicator-pill ${ApprovalStatus.COLOURS[status]}">${text}</span>`;
	}

	/** The status in a column of a list; a click on it filters, as on Frappe's own. */
	static in_list(status, fieldname) {
		const quiet = !status || status === "Not Required";
		const pill = `indicator-pill no-indicator-dot ${ApprovalStatus.COLOURS[status]}`;
		return `<span class="filterable ellipsis ${quiet ? "text-muted" : pill}"
			data-filter="${fieldname},=,${status}">
			<span class="ellipsis">${__(status)}</span></span>`;
	}
};
