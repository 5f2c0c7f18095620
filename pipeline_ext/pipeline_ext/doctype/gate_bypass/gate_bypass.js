frappe.ui.form.on("Gate Bypass", {
	setup(frm) {
		frm.set_query("user", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("pipeline", () => ({ filters: { published_version: ["is", "set"] } }));
	},
});
