frappe.ui.form.on("Qualification Assessment", {
	setup(frm) {
		frm.set_query("document_type", () => ({ filters: { name: ["in", ["Opportunity", "Lead"]] } }));
		frm.set_query("framework", () => ({ filters: { enabled: 1 } }));
		const { grid, $wrapper } = frm.get_field("answers");
		grid.cannot_add_rows = true;
		$wrapper.addClass("pe-whole-text");
	},

	async refresh(frm) {
		if (frm.is_new()) {
			frm.set_intro(__("Give points where you know the answer; leave the others empty."), "blue");
			if (frm.doc.framework && !(frm.doc.answers || []).length) {
				await frm.events.framework(frm);
			}
		} else {
			frm.events.show_score(frm);
		}
		frm.events.offer_points(frm);
	},

	async framework(frm) {
		const { framework } = frm.doc;
		const questions = framework
			? (await frappe.db.get_doc("Qualification Framework", framework)).questions
			: [];
		if (frm.doc.framework !== framework) {
			return;
		}
		frm.clear_table("answers");
		for (const { topic, question, good_answer, weight, highest_points } of questions) {
			frm.add_child("answers", { topic, question, good_answer, weight, highest_points });
		}
		frm.refresh_field("answers");
		frm.events.offer_points(frm);
	},

	offer_points(frm) {
		const answers = frm.doc.answers || [];
		const highest = Math.max(0, ...answers.map((answer) => answer.highest_points));
		const points = ["", ...Array.from({ length: highest + 1 }, (_, point) => String(point))];
		frm.get_field("answers").grid.update_docfield_property("points", "options", points);
	},

	show_score(frm) {
		const score = format_number(frm.doc.score, null, 0);
		frm.page.set_indicator(__("Score {0} %", [score]), frm.doc.unanswered ? "orange" : "blue");
	},
});
