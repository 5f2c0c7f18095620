"""Which policy counts for a quotation, what is refused when one is saved, and what trying one shows."""

from __future__ import annotations

import json

import frappe
import pytest
from frappe.utils import add_days, nowdate

from pipeline_ext import api
from pipeline_ext.reports import policies, policy_trials
from tests.site import factories
from tests.site.measure import count_queries

REP = "rep@pipeline-test.example"
MANAGER = "manager@pipeline-test.example"
LEAD_ROLE = "Pipeline Test Lead"


@pytest.fixture(autouse=True)
def manager():
	factories.role(LEAD_ROLE)
	factories.user(MANAGER, "Sales User", "Sales Manager", LEAD_ROLE)


def rule(**fields):
	return {
		"title": "Over 10 %",
		"measure": "Discount Percentage",
		"comparison": "Above",
		"threshold": 10,
		"scope": "Total",
		"approver_type": "Role",
		"role": LEAD_ROLE,
		**fields,
	}


def policy(name="Standard", rules=None, **fields):
	return frappe.get_doc(
		{
			"doctype": "Quote Approval Policy",
			"policy_name": name,
			"company": factories.COMPANY,
			"every_level": "Ask the highest only",
			"rules": [rule()] if rules is None else rules,
			**fields,
		}
	).insert()


def condition(field, operator="=", value=""):
	return {"field": field, "operator": operator, "value": value}


def draft(party=None, **fields):
	"""A quotation as a client sends it: not saved, and with whatever the client makes up."""
	party = party or factories.customer()
	return frappe.get_doc(
		{
			"doctype": "Quotation",
			"quotation_to": party.doctype,
			"party_name": party.name,
			"company": factories.COMPANY,
			"currency": factories.CURRENCY,
			"conversion_rate": 1,
			"order_type": "Sales",
			"transaction_date": nowdate(),
			"items": [{"item_code": factories.WIDGET, "qty": 10, "rate": 80}],
			**fields,
		}
	)


def counts_for(doc):
	found = policies.policy_for(doc)
	return found.name if found else None


# Which policy counts


def test_no_policy_counts_where_there_is_none():
	assert counts_for(draft()) is None


def test_the_rules_are_what_the_form_says():
	policy(
		rules=[
			rule(
				needed="A number",
				number_needed=1,
				approval_group=" Discount ",
				level=2,
				deadline_hours=8,
				reminder_hours=2,
			),
			rule(title="Thin", measure="Margin Percentage", comparison="Below", scope="Line", needed="All"),
		],
		every_level="Ask each in order",
	)
	found = policies.policy_for(draft())
	first, second = found.rules
	assert found.every_level is True
	assert (first.measure, first.threshold, first.above, first.role) == (
		"discount_percent",
		10,
		True,
		LEAD_ROLE,
	)
	assert (first.group, first.level, first.needed) == ("Discount", 2, 1)
	assert (first.deadline_hours, first.reminder_hours) == (8, 2)
	assert (second.measure, second.above, second.scope.value) == ("margin_percent", False, "Line")
	assert (second.needed, second.group, second.level, second.deadline_hours) == (None, "", 1, None)


def test_a_disabled_policy_and_one_of_another_company_do_not_count():
	policy("Off", enabled=0)
	policy("Abroad", company="")
	assert counts_for(draft()) == "Abroad"
	frappe.get_doc("Quote Approval Policy", "Abroad").update({"company": factories.COMPANY}).save()
	assert counts_for(draft(company="Another Company")) is None


def test_priority_comes_before_company_and_company_before_conditions():
	policy("For All", company="")
	assert counts_for(draft()) == "For All"
	policy("Sales Only, For All", company="", conditions=[condition("order_type", "=", "Sales")])
	assert counts_for(draft()) == "Sales Only, For All"
	policy("Own")
	assert counts_for(draft()) == "Own"
	policy("Own, Sales Only", conditions=[condition("order_type", "=", "Sales")])
	assert counts_for(draft()) == "Own, Sales Only"
	policy("Urgent, For All", company="", priority=1)
	assert counts_for(draft()) == "Urgent, For All"


def test_the_policies_of_today_count_whatever_date_the_quotation_bears():
	policy("Last Year", valid_upto=add_days(nowdate(), -1))
	policy("Now", valid_from=nowdate(), valid_upto=nowdate())
	policy("Next Year", valid_from=add_days(nowdate(), 1))
	for day in (-400, -1, 0, 1, 400):
		assert counts_for(draft(transaction_date=add_days(nowdate(), day))) == "Now"


def test_saving_disabling_renaming_and_deleting_are_seen_at_once():
	doc = draft()
	saved = policy()
	assert counts_for(doc) == "Standard"
	frappe.rename_doc("Quote Approval Policy", "Standard", "Renamed", force=True)
	assert counts_for(doc) == "Renamed"
	saved = frappe.get_doc("Quote Approval Policy", "Renamed").update({"enabled": 0}).save()
	assert counts_for(doc) is None
	saved.update({"enabled": 1}).save()
	assert counts_for(doc) == "Renamed"
	saved.delete()
	assert counts_for(doc) is None


def test_a_warm_lookup_costs_no_query():
	policy("Plain", priority=1, conditions=[condition("order_type", "=", "Sales")])
	policy("Rich", conditions=[condition("net_total", ">", "1000")])
	doc = draft()
	assert counts_for(doc) == "Plain"
	assert count_queries(lambda: policies.policy_for(doc)) == 0


# Conditions, and what a client can forge


@pytest.mark.parametrize(
	("stated", "expected"),
	[
		(("order_type", "=", "Sales"), True),
		(("order_type", "in", "Maintenance, Sales"), True),
		(("order_type", "=", "Maintenance"), False),
		(("customer_group", "=", "Commercial"), True),
		(("customer_group", "=", "Government"), False),
		(("customer.customer_group", "=", "Commercial"), True),
		(("party.territory", "=", "All Territories"), True),
		(("items.item_group", "=", "Products"), True),
		(("items.item_group", "=", "Services"), False),
		(("items.item_code", "=", factories.GADGET), True),
		(("items.item_code", "in", f"{factories.GADGET}, Nothing"), True),
		(("items.qty", ">", "10"), False),
		(("items.qty", ">=", "10"), True),
		(("selling_price_list", "is not set", ""), True),
	],
)
def test_a_condition_holds_or_does_not(stated, expected):
	policy(conditions=[condition(*stated)])
	rows = [{"item_code": factories.WIDGET, "qty": 10}, {"item_code": factories.GADGET, "qty": 1}]
	assert (counts_for(draft(items=rows)) == "Standard") is expected


def test_all_conditions_must_hold():
	policy(conditions=[condition("order_type", "=", "Sales"), condition("territory", "=", "Elsewhere")])
	assert counts_for(draft()) is None


FORGED = {
	"customer_group": "Government",
	"territory": "Elsewhere",
	"customer": [{"customer_group": "Government"}],
	"opportunity_from": "Lead",
	"base_net_total": 1,
	"conversion_rate": 0.0001,
}


@pytest.mark.parametrize(
	"stated",
	[
		("customer_group", "=", "Commercial"),
		("customer.customer_group", "=", "Commercial"),
		("territory", "=", "All Territories"),
		("party.territory", "=", "All Territories"),
		("items.item_group", "=", "Products"),
		("base_net_total", ">", "500"),
	],
)
def test_what_a_client_makes_up_does_not_lead_to_another_policy(stated):
	policy(conditions=[condition(*stated)])
	rows = [
		{"item_code": factories.WIDGET, "qty": 10, "rate": 80, "item_group": "Services", "base_amount": 1}
	]
	assert counts_for(draft(items=rows, net_total=800, **FORGED)) == "Standard"


def test_an_amount_is_compared_in_company_currency_by_the_sites_own_rate():
	"""1000 USD are 900 EUR."""
	policy(conditions=[condition("base_net_total", ">=", "900")])
	foreign = {"currency": factories.FOREIGN_CURRENCY, "conversion_rate": 0.01}
	assert counts_for(draft(net_total=1000, **foreign)) == "Standard"
	assert counts_for(draft(net_total=999.99, **foreign)) is None


def test_an_amount_without_an_exchange_rate_is_refused_and_not_let_through():
	policy(conditions=[condition("base_net_total", ">", "1")])
	with pytest.raises(frappe.ValidationError, match="no exchange rate from JPY to EUR"):
		policies.policy_for(draft(currency="JPY", net_total=10**6))


def test_the_customer_that_a_lead_has_become_counts():
	policy(conditions=[condition("customer_group", "=", "Commercial")])
	lead = factories.lead()
	assert counts_for(draft(lead)) is None
	factories.customer("Lovelace", lead_name=lead.name)
	assert counts_for(draft(lead)) == "Standard"


def test_a_condition_on_a_field_that_is_gone_refuses_and_is_not_let_through():
	name = policy(conditions=[condition("order_type", "=", "Sales")]).conditions[0].name
	frappe.db.set_value("Pipeline Condition", name, "field", "gone")
	policies.clear_cache()
	with pytest.raises(policies.BrokenPolicy, match=r"Standard.*gone"):
		policies.policy_for(draft())
	frappe.db.set_value("Pipeline Condition", name, {"field": "valid_till", "value": "some day"})
	policies.clear_cache()
	with pytest.raises(policies.BrokenPolicy, match="valid_till = some day"):
		policies.policy_for(draft())
	mended = frappe.get_doc("Quote Approval Policy", "Standard")
	mended.conditions = []
	mended.save()
	assert counts_for(draft()) == "Standard"


# Orders


def order(**fields):
	return frappe.get_doc(
		{
			"doctype": "Sales Order",
			"customer": factories.customer().name,
			"company": factories.COMPANY,
			"currency": factories.CURRENCY,
			"order_type": "Sales",
			"items": [{"item_code": factories.WIDGET, "qty": 1}],
			**fields,
		}
	)


def test_only_policies_for_orders_count_for_an_order():
	policy("Quotations", priority=5)
	assert counts_for(order()) is None
	stated = [condition("customer.customer_group", "=", "Commercial"), condition("party.territory", "is set")]
	policy("Orders Too", also_orders=1, conditions=stated)
	assert counts_for(order()) == "Orders Too"


def test_a_condition_that_an_order_does_not_have_is_refused_where_orders_are_measured():
	stated = [condition("valid_till", ">", "today")]
	with pytest.raises(frappe.ValidationError, match="a Sales Order has no valid_till"):
		policy(also_orders=1, conditions=stated)
	assert policy(conditions=stated).name == "Standard"


# What is refused when a policy is saved


@pytest.mark.parametrize(
	("changed", "error"),
	[
		({"threshold": 150}, "a percentage of 150 is never passed"),
		({"threshold": float("nan")}, "must be a number"),
		({"threshold": -1}, "must be 0 or more, not -1"),
		({"measure": "Lines Below Cost", "comparison": "Below", "threshold": 0}, "never below 0"),
		({"measure": "New Customer", "threshold": 1}, "ask for Above 0"),
		({"measure": "Payment Days", "scope": "Line"}, "not of a line"),
		({"measure": "Mood"}, "options of Measure; Mood"),
		({"approver_type": "Wizard"}, "options of Who Must Agree; Wizard"),
		({"approver_type": "Manager of Owner", "steps_up": 0}, "at least one step up"),
		({"approver_type": "User", "user": ""}, "choose the user"),
		({"role": ""}, "choose the role"),
		({"role": "All"}, "no enabled user has the role"),
		({"approver_type": "User", "user": "Guest"}, "cannot log in"),
		({"needed": "A number", "number_needed": 2}, "2 must agree, but 1 have the role"),
		({"needed": "A number", "number_needed": 0}, "at least one person"),
		({"approver_type": "Oneself", "deadline_hours": 4}, "nobody waits for oneself"),
		({"deadline_hours": 4, "reminder_hours": 4}, "before the deadline"),
		({"deadline_hours": -4}, "between 0 and 2000"),
	],
)
def test_a_rule_that_cannot_work_is_refused_in_words(changed, error):
	with pytest.raises(frappe.ValidationError, match=error) as refused:
		policy(rules=[rule(**changed)])
	assert "Over 10 %" in str(refused.value)


def test_a_role_that_nobody_has_or_that_is_disabled_is_refused():
	with pytest.raises(frappe.ValidationError, match="no enabled user has the role"):
		policy(rules=[rule(role=factories.role("Pipeline Test Nobody"))])
	frappe.db.set_value("User", MANAGER, "enabled", 0)
	with pytest.raises(frappe.ValidationError, match="no enabled user has the role"):
		policy()
	frappe.db.set_value("User", MANAGER, "enabled", 1)
	frappe.db.set_value("Role", LEAD_ROLE, "disabled", 1)
	with pytest.raises(frappe.ValidationError, match="no enabled role"):
		policy()


def test_a_disabled_user_is_refused():
	frappe.db.set_value("User", MANAGER, "enabled", 0)
	with pytest.raises(frappe.ValidationError, match="cannot log in"):
		policy(rules=[rule(approver_type="User", user=MANAGER)])


def test_everything_is_named_at_once():
	with pytest.raises(frappe.ValidationError) as refused:
		policy(
			rules=[rule(threshold=150, deadline_hours=-1), rule(title="<b>Two</b>", role="All")],
			valid_from=nowdate(),
			valid_upto=add_days(nowdate(), -1),
		)
	said = str(refused.value)
	for part in ("percentage of 150", "between 0 and 2000", "no enabled user", "ends before it starts"):
		assert part in said
	assert "&lt;b&gt;Two&lt;/b&gt;" in said and "<b>Two</b>" not in said


@pytest.mark.parametrize(
	("second", "error"),
	[
		({"threshold": 10, "level": 2}, "asks no later"),
		({"threshold": 20, "level": 1}, "different levels"),
		({"threshold": 20, "level": 2, "approver_type": "Oneself", "role": ""}, "lets the asker grant"),
	],
)
def test_levels_that_run_against_each_other_are_refused(second, error):
	grouped = {"approval_group": "Discount"}
	with pytest.raises(frappe.ValidationError, match=error):
		policy(rules=[rule(**grouped), rule(title="Second", **grouped, **second)])


@pytest.mark.parametrize(
	("stated", "error"),
	[
		(("mood", "=", "good"), "no field mood"),
		(("", "=", "good"), "no field"),
		(("items", "=", "1"), "1 does not fit items"),
		(("order_type", ">", "S"), "&gt; does not fit order_type"),
		(("items.mood", "=", "good"), "no field items.mood"),
		(("valid_till", "=", "some day"), "some day does not fit valid_till"),
		(("net_total", ">", "NaN"), "NaN does not fit net_total"),
		(("net_total", "contains", "5"), "contains does not fit net_total"),
		(("order_type", "=", ""), "what order_type is compared with"),
		(("order_type", "like", "S"), "like does not fit order_type"),
		(("conversion_rate", ">", "1"), "conversion_rate can be forged"),
		(("discount_amount", ">", "1"), "discount_amount can be forged"),
		(("items.price_list_rate", ">", "1"), "items.price_list_rate can be forged"),
		(("items.discount_percentage", ">", "1"), "can be forged"),
		(("pe_approval_status", "=", "Approved"), "can be forged"),
		(("customer_name", "=", "Acme"), "customer_name can be forged"),
		(("status", "=", "Open"), "status can be forged"),
	],
)
def test_a_condition_that_cannot_be_believed_or_judged_is_refused(stated, error):
	with pytest.raises(frappe.ValidationError, match=error):
		policy(conditions=[condition(*stated)])


def test_what_the_form_offers_can_be_saved():
	offered = api.policy_form_options()
	fields = {each["value"]: each["description"] for each in offered["fields"]}
	assert fields["items.item_group"] == fields["customer.customer_group"] == fields["territory"] == "text"
	assert fields["base_net_total"] == "number" and "conversion_rate" not in fields
	assert all(policies.is_believable(path) for path in fields)
	presence = [condition(path, "is set") for path, kind in fields.items() if kind != "flag"]
	assert policy(conditions=presence).name == "Standard"
	measures = {each["label"]: (each["unit"], each["per_line"]) for each in offered["measures"]}
	assert measures["Margin Amount"] == ("Money", True) and measures["Changed Terms"] == ("Flag", False)
	assert list(measures) == frappe.get_meta("Quote Approval Rule").get_options("measure").split("\n")


def in_days(**offsets):
	return {fieldname: add_days(nowdate(), offset) for fieldname, offset in offsets.items()}


@pytest.mark.parametrize("offsets", [{}, {"valid_from": 0}, {"valid_from": 5}, {"valid_upto": 0}])
def test_of_two_policies_that_fit_the_same_one_is_refused(offsets):
	policy("First", **in_days(valid_upto=5))
	with pytest.raises(frappe.ValidationError, match="First is enabled for the same quotations"):
		policy("Second", **in_days(**offsets))
	assert policy("Second", **in_days(**offsets), enabled=0).name == "Second"


@pytest.mark.parametrize(
	("fields", "offsets"),
	[
		({"company": ""}, {}),
		({"priority": 1}, {}),
		({}, {"valid_from": 6}),
		({"conditions": [condition("order_type", "=", "Sales")]}, {}),
	],
)
def test_policies_that_differ_stand_side_by_side(fields, offsets):
	policy("First", **in_days(valid_upto=5))
	assert policy("Second", **fields, **in_days(**offsets)).name == "Second"


def test_the_order_of_conditions_makes_no_difference():
	stated = [condition("order_type", "=", "Sales"), condition("territory", "is set")]
	policy("First", conditions=stated)
	with pytest.raises(frappe.ValidationError, match="First is enabled"):
		policy("Second", conditions=stated[::-1])


def warnings():
	said = " ".join(
		json.loads(each)["message"] if isinstance(each, str) else each["message"]
		for each in frappe.message_log
	)
	frappe.clear_messages()
	return said


def test_what_may_not_be_meant_is_said_and_saved():
	frappe.clear_messages()
	factories.user("desk@pipeline-test.example", "Deal Desk")
	policy("This Week", valid_upto="2030-03-15")
	assert "From 16-03-2030 there is no policy" in warnings().replace("03-16-2030", "16-03-2030")
	policy("Later", valid_from="2030-04-01", conditions=[])
	said = warnings()
	assert said.count("there is no policy") == 1 and " to " in said
	policy("In Between", valid_from="2030-03-16", valid_upto="2030-03-31")
	assert warnings() == ""


def test_a_policy_with_conditions_alone_leaves_the_others_free():
	frappe.clear_messages()
	policy(conditions=[condition("order_type", "=", "Sales")])
	assert "Quotations that meet none of the conditions need no approval" in warnings()


def test_an_authority_that_ends_with_the_asker_is_doubtful():
	frappe.clear_messages()
	policy(rules=[rule(approver_type="Oneself", role="")])
	assert "nobody but the asker is ever asked" in warnings()


def test_what_does_not_apply_is_cleared():
	saved = policy(
		rules=[
			rule(approver_type="User", user=MANAGER, steps_up=3, needed="All", level=4),
			rule(title="Two", approver_type="Manager of Owner", user=MANAGER, needed="", reminder_hours=2),
			rule(title="Three", threshold=20, number_needed=7, user=MANAGER),
		]
	)
	one, two, three = saved.rules
	assert (one.role, one.user, one.steps_up, one.needed, one.level) == (None, MANAGER, 1, "One", 1)
	assert (two.role, two.user, two.needed, two.reminder_hours) == (None, None, "One", 0)
	assert (three.role, three.user, three.number_needed) == (LEAD_ROLE, None, 0)


def test_who_may_shape_policies(as_user):
	policy()
	for who in (factories.user(REP, "Sales User"), MANAGER):
		with as_user(who):
			mine = frappe.get_doc("Quote Approval Policy", "Standard")
			assert mine.has_permission("read") and not mine.has_permission("write")
			with pytest.raises(frappe.PermissionError):
				mine.save()


# Trying a policy


@pytest.fixture
def deal():
	factories.user(REP, "Sales User")
	return factories.opportunity(factories.customer(), lines={factories.WIDGET: 10})


def quote(deal, rate, owner=REP, **fields):
	"""A draft: ten widgets with a list price of 100."""
	frappe.set_user(owner)
	try:
		return factories.quotation(deal, rates={factories.WIDGET: rate}, submit=False, **fields)
	finally:
		frappe.set_user("Administrator")


def ladder(**fields):
	grouped = {"approval_group": "Discount"}
	return policy(
		"Ladder",
		rules=[
			rule(title="Over 20 %", threshold=20, approver_type="User", user=MANAGER, level=3, **grouped),
			rule(title="Over 5 %", threshold=5, approver_type="Oneself", level=1, **grouped),
			rule(title="Over 10 %", level=2, **grouped),
		],
		enabled=0,
		**fields,
	)


def test_trying_on_a_quotation_shows_every_rule(deal):
	ladder(every_level="Ask each in order")
	trial = api.try_policy("Ladder", quote(deal, 85).name)
	rules = {each["title"]: each for each in trial["rules"]}
	assert [each["measured"] for each in trial["rules"]] == [15, 15, 15]
	assert {title: (each["broken"], each["turn"]) for title, each in rules.items()} == {
		"Over 5 %": (True, 1),
		"Over 10 %": (True, 2),
		"Over 20 %": (False, None),
	}
	assert rules["Over 10 %"]["approvers"] == [frappe.utils.get_fullname(MANAGER)]
	assert rules["Over 5 %"]["alone"] and rules["Over 5 %"]["approvers"] == []
	assert (trial["in_force"], trial["for_company"], trial["unmet"]) == (None, True, [])
	assert trial["currency"] == factories.CURRENCY


def test_trying_says_where_a_higher_level_is_asked_instead(deal):
	ladder()
	rules = api.try_policy("Ladder", quote(deal, 70).name)["rules"]
	assert {each["title"]: (each["broken"], each["asked"], each["turn"]) for each in rules} == {
		"Over 20 %": (True, True, 1),
		"Over 5 %": (True, False, None),
		"Over 10 %": (True, False, None),
	}


def test_trying_says_what_counts_instead(deal):
	policy("In Force")
	ladder(conditions=[condition("customer_group", "=", "Government")])
	trial = api.try_policy("Ladder", quote(deal, 70).name)
	assert (trial["in_force"], trial["unmet"]) == ("In Force", ["customer_group"])


def test_trying_on_the_last_days(deal):
	ladder(valid_from=add_days(nowdate(), 30))
	names = {rate: quote(deal, rate).name for rate in (100, 93, 85, 75, 60)}
	quote(deal, 50, on=add_days(nowdate(), -91))
	trial = api.try_policy("Ladder")
	assert (trial["quotations"], trial["needing"], trial["others"]) == (5, 4, 0)
	assert (trial["value"], trial["needing_value"]) == (4130, 3130)
	assert {each["title"]: (each["count"], each["value"]) for each in trial["by_rule"]} == {
		"Over 20 %": (2, 1350),
		"Over 5 %": (1, 930),
		"Over 10 %": (1, 850),
	}
	assert {each["approver"]: each["count"] for each in trial["by_approver"]} == {
		frappe.utils.get_fullname(MANAGER): 2,
		"The asker alone": 1,
		LEAD_ROLE: 1,
	}
	assert [row["quotation"] for row in trial["rows"]] == [names[60], names[75], names[85], names[93]]
	assert trial["rows"][0]["discount_percent"] == 40 and trial["rows"][0]["quoted_value"] == 600
	assert trial["rows"][0]["steps"] == [
		{"title": "Over 20 %", "who": frappe.utils.get_fullname(MANAGER)},
	]
	assert api.try_policy("Ladder", days="100")["quotations"] == 6
	assert (trial["capped"], trial["not_shown"]) == (False, 0)


def test_trying_on_the_last_days_keeps_to_the_conditions_and_the_company(deal):
	ladder(conditions=[condition("order_type", "=", "Maintenance")])
	quote(deal, 60)
	quote(deal, 50, order_type="Maintenance")
	trial = api.try_policy("Ladder")
	assert (trial["quotations"], trial["others"], trial["needing"]) == (1, 1, 1)


def test_a_quotation_in_another_currency_is_worth_what_the_site_says(deal):
	"""Ten for 80 USD are 720 EUR of 1000: 28 % off."""
	ladder()
	quote(deal, 80, currency=factories.FOREIGN_CURRENCY, conversion_rate=5)
	trial = api.try_policy("Ladder")
	assert trial["rows"][0]["quoted_value"] == pytest.approx(720)
	assert trial["rows"][0]["discount_percent"] == pytest.approx(28)


def test_a_policy_for_every_company_is_tried_in_the_currency_of_the_quotations(deal):
	ladder(company="")
	quote(deal, 60)
	trial = api.try_policy("Ladder")
	assert (trial["currency"], trial["value"], trial["unvalued"]) == (factories.CURRENCY, 600, 0)


def test_the_caps_are_said(deal, monkeypatch):
	ladder()
	for rate in (60, 70, 75):
		quote(deal, rate)
	monkeypatch.setattr(policy_trials, "MOST_ROWS", 1)
	trial = api.try_policy("Ladder")
	assert (trial["needing"], len(trial["rows"]), trial["not_shown"]) == (3, 1, 2)
	monkeypatch.setattr(policy_trials, "MOST_QUOTATIONS", 2)
	trial = api.try_policy("Ladder")
	assert (trial["quotations"], trial["capped"], trial["most"]) == (2, True, 2)


def test_trying_shows_only_what_the_user_may_read(deal, as_user):
	ladder()
	mine, theirs = quote(deal, 60), quote(deal, 70)
	elsewhere = frappe.get_doc({"doctype": "Territory", "territory_name": "Elsewhere"}).insert()
	frappe.get_doc(
		{"doctype": "User Permission", "user": REP, "allow": "Territory", "for_value": elsewhere.name}
	).insert()
	with as_user(MANAGER):
		assert {row["quotation"] for row in api.try_policy("Ladder")["rows"]} == {mine.name, theirs.name}
	with as_user(REP):
		assert api.try_policy("Ladder")["quotations"] == 0
		with pytest.raises(frappe.PermissionError):
			api.try_policy("Ladder", mine.name)
	with as_user(factories.user("stranger@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		api.try_policy("Ladder")


@pytest.mark.parametrize("days", [0, -1, 367, "", "many", "<b>"])
def test_days_out_of_range_are_refused(days):
	ladder()
	with pytest.raises(frappe.ValidationError, match="the last 1 to 366 days"):
		api.try_policy("Ladder", days=days)


def test_trying_changes_nothing_and_costs_a_handful_of_queries_a_quotation(deal):
	ladder()
	few = [quote(deal, rate) for rate in (60, 70)]
	api.try_policy("Ladder")
	of_two = count_queries(lambda: api.try_policy("Ladder"))
	for rate in (61, 62, 63, 64):
		quote(deal, rate)
	of_six = count_queries(lambda: api.try_policy("Ladder"))
	assert (of_six - of_two) / 4 <= 5
	assert str(frappe.db.get_value("Quotation", few[0].name, "modified")) == few[0].modified
	assert not frappe.db.exists("Quote Approval", {"quotation": few[0].name})
