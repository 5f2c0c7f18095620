frappe.listview_settings["Gate Override"] = {
	add_fields: ["status", "owed_by"],

	get_indicator({ status, owed_by }) {
		if (status === "Owed" && owed_by < frappe.datetime.get_today()) {
			return [__("Overdue"), "red", "status,=,Owed|owed_by,<,Today"];
		}
		const colours = { Owed: "orange", Settled: "green", "Nothing Owed": "gray" };
		return [__(status), colours[status], `status,=,${status}`];
	},
};
