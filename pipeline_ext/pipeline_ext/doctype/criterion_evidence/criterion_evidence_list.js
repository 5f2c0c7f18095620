frappe.listview_settings["Criterion Evidence"] = {
	add_fields: ["answer"],

	get_indicator({ answer }) {
		const colours = { Confirmed: "green", Go: "green", Hold: "orange", Recycle: "red", Withdrawn: "gray" };
		return [__(answer), colours[answer], `answer,=,${answer}`];
	},
};
