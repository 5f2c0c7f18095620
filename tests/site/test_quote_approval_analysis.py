"""Quote Approval Analysis: hours, counts and money worked out by hand, and found again."""

from __future__ import annotations

from datetime import datetime

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, flt, getdate

from pipeline_ext import api
from pipeline_ext.pipeline_ext.report.quote_approval_analysis.quote_approval_analysis import execute
from tests.site import factories
from tests.site.factories import GADGET, WIDGET
from tests.site.measure import count_queries

REP = "rep@pipeline-test.example"
OTHER = "other@pipeline-test.example"
BOSS = "boss@pipeline-test.example"
FINANCE = "finance@pipeline-test.example"
POLICY = "Pipeline Test Analysis"
DISCOUNT, MARGIN = "More than 10 % off", "Margin below 60 %"
MONDAY, TUESDAY, THURSDAY = (datetime(2026, 3, day) for day in (2, 3, 5))
"""A week whose Wednesday is a holiday; people work from 9 to 17."""


@pytest.fixture(autouse=True)
def people():
	factories.user(REP, "Sales User")
	factories.user(OTHER, "Sales User")
	factories.user(BOSS, "Sales User")
	factories.user(FINANCE, "Sales User")


@pytest.fixture(autouse=True)
def office():
	settings = frappe.get_doc("Pipeline Settings")
	settings.update({"working_day_starts": "09:00", "working_day_ends": "17:00"})
	settings.save()
	holidays = frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": "Pipeline Test Holidays",
			"from_date": "2026-01-01",
			"to_date": "2026-12-31",
			"holidays": [{"holiday_date": "2026-03-04", "description": "The founder's day"}],
		}
	).insert()
	frappe.db.set_value("Company", factories.COMPANY, "default_holiday_list", holidays.name)
	frappe.clear_document_cache("Company", factories.COMPANY)


@pytest.fixture(autouse=True)
def policy():
	"""More than 10 % off asks the boss, a margin below 60 % asks finance, up to 10 % a rep grants alone."""
	return frappe.get_doc(
		{
			"doctype": "Quote Approval Policy",
			"policy_name": POLICY,
			"company": factories.COMPANY,
			"enabled": 1,
			"every_level": "Ask the highest only",
			"rules": [
				rule("Some discount", "Discount Percentage", 5, approver_type="Oneself", level=1),
				rule(DISCOUNT, "Discount Percentage", 10, approver_type="User", user=BOSS, level=2),
				{
					**rule(MARGIN, "Margin Percentage", 60, approver_type="User", user=FINANCE),
					"comparison": "Below",
				},
			],
		}
	).insert()


def rule(title, measure, threshold, level=1, **who):
	group = "Discount" if measure.startswith("Discount") else ""
	return {
		"title": title,
		"measure": measure,
		"comparison": "Above",
		"threshold": threshold,
		"scope": "Total",
		"needed": "One",
		"approval_group": group,
		"level": level,
		**who,
	}


@pytest.fixture
def quote(as_user):
	"""A draft of somebody's: ten widgets, which cost 25 and list at 100, at a rate."""

	def made(rate, rep=REP, customer="Acme", **fields):
		name = f"{customer} {frappe.generate_hash(length=6)}"
		deal = factories.opportunity(factories.customer(name), lines={WIDGET: 10})
		with as_user(rep):
			return factories.quotation(deal, rates={WIDGET: rate}, submit=False, **fields)

	return made


@pytest.fixture
def ask(as_user):
	def asked(draft, rep=REP):
		with as_user(rep):
			return api.request_approval(draft.name, "They compare us")

	return asked


@pytest.fixture
def answer(as_user):
	def answered(approval, user, decision="approve", comment=None):
		with as_user(user):
			api.decide(approval, decision, comment)

	return answered


def stamp(approval, requested_on, answers=(), deadline=None):
	"""Move a request, and the answers to it by user, to moments that hours can be counted from."""
	doc = frappe.get_doc("Quote Approval", approval)
	last = max((at for _user, at in answers), default=None)
	frappe.db.set_value(
		doc.doctype, doc.name, {"requested_on": requested_on, "closed_on": doc.closed_on and last}
	)
	at = dict(answers)
	for step in doc.steps:
		times = {"asked_on": step.asked_on and requested_on, "deadline": step.asked_on and deadline}
		frappe.db.set_value(step.doctype, step.name, {**times, "decided_on": at.get(step.decided_by)})
	for said in doc.decisions:
		frappe.db.set_value(said.doctype, said.name, "decided_on", at.get(said.user, requested_on))
	return approval


def at(day, hour, minute=0):
	return day.replace(hour=hour, minute=minute)


def run(group_by="Policy", **filters):
	period = {"from_date": "2026-03-01", "to_date": "2026-03-31"}
	columns, data, message, chart, summary = execute(
		{"company": factories.COMPANY, "group_by": group_by, **period, **filters}
	)
	return columns, data, message, chart, {card["label"]: card["value"] for card in summary}


def groups(group_by="Policy", *fields, **filters):
	data = run(group_by, **filters)[1]
	return {row["label"]: tuple(row[field] for field in fields) for row in data if row["indent"] == 0}


@pytest.fixture
def week(quote, ask, answer):
	"""Three requests: 2 and 12 working hours until they were approved, and 1 until it was rejected."""
	quick = ask(quote(80))
	answer(quick, BOSS)
	stamp(quick, at(MONDAY, 9), [(BOSS, at(MONDAY, 11))], deadline=at(MONDAY, 17))
	slow = ask(quote(60))
	answer(slow, BOSS)
	answer(slow, FINANCE)
	answers = [(BOSS, at(TUESDAY, 13)), (FINANCE, at(THURSDAY, 13))]
	stamp(slow, at(TUESDAY, 9), answers, deadline=at(THURSDAY, 9))
	refused = ask(quote(50, rep=OTHER), rep=OTHER)
	answer(refused, BOSS, "reject", " Too  much\nfor them ")
	stamp(refused, at(THURSDAY, 16), [(BOSS, at(THURSDAY, 17, 30))], deadline=at(THURSDAY, 17))
	return quick, slow, refused


HOURS = ("working_hours", "median_hours", "longest_hours", "calendar_hours")


def test_turnaround_by_policy_without_nights_and_holidays(week):
	assert groups("Policy", "asked", "approved", "rejected", "waiting", "late", *HOURS) == {
		POLICY: (3, 2, 1, 0, 2, 5, 2, 12, flt((2 + 52 + 1.5) / 3, 2))
	}
	cards = run()[4]
	assert (cards["Asked"], cards["Rejected"], cards["Late"], cards["Mean Working Hours"]) == (3, 1, 2, 5)


def test_turnaround_by_rule(week):
	assert groups("Rule", "asked", "approved", "rejected", *HOURS) == {
		DISCOUNT: (3, 2, 1, flt((2 + 4 + 1) / 3, 2), 2, 4, flt((2 + 4 + 1.5) / 3, 2)),
		MARGIN: (2, 1, 0, 12, 12, 12, 52),
	}


def test_turnaround_by_person(week):
	assert groups("Approver", "asked", "approved", "rejected", "working_hours") == {
		"Boss": (3, 2, 1, flt(7 / 3, 2)),
		"Finance": (1, 1, 0, 12),
	}


def test_the_requests_behind_a_figure_are_below_it(week):
	quick, _slow, refused = week
	data = run("Approver")[1]
	boss = [row for row in data[: data.index(next(row for row in data if row["label"] == "Finance"))]]
	assert [(row["indent"], row.get("approval"), row["working_hours"]) for row in boss[:2]] == [
		(0, None, flt(7 / 3, 2)),
		(1, quick, 2),
	]
	last = boss[-1]
	assert (last["approval"], last["people"], last["outcome"]) == (refused, "Boss", "Rejected")
	assert (last["document_type"], last["late"], last["rule"]) == ("Quotation", 1, DISCOUNT)
	assert last["document"] == frappe.db.get_value("Quote Approval", refused, "quotation")
	assert last["asked_on"] == at(THURSDAY, 16)


def test_what_was_quoted_counts_once_whatever_was_asked_of_it(week):
	assert groups("Rule", "quoted_value", "discount_amount") == {
		DISCOUNT: (800 + 600 + 500, 200 + 400 + 500),
		MARGIN: (600 + 500, 400 + 500),
	}
	assert groups("Policy", "quoted_value") == {POLICY: (1900,)}


def test_rejections_by_reason(week, quote, ask, answer):
	again = ask(quote(40))
	answer(again, FINANCE, "reject", "Too much for them")
	stamp(again, at(MONDAY, 9), [(FINANCE, at(MONDAY, 10))])
	_columns, data, _message, chart, _cards = run("Rejection Reason")
	assert [(row["label"], row["rejected"], row["working_hours"]) for row in data if not row["indent"]] == [
		("Too much for them", 2, 1)
	]
	assert {(row["people"], row["rule"]) for row in data if row["indent"]} == {
		("Boss", DISCOUNT),
		("Finance", MARGIN),
	}
	assert (chart["data"]["labels"], chart["data"]["datasets"][0]["values"]) == (["Too much for them"], [2])


def test_what_waits_now_whenever_it_was_asked(week, quote, ask, answer):
	old, new = ask(quote(60)), ask(quote(75))
	answer(old, BOSS)
	frappe.db.set_value("Quote Approval", old, "requested_on", datetime(2020, 1, 1))
	stamp(new, at(MONDAY, 9), deadline=at(MONDAY, 17))
	for parent, asked_on in ((old, at(MONDAY, 8)), (new, at(MONDAY, 9))):
		frappe.db.set_value("Quote Approval Step", {"parent": parent}, "asked_on", asked_on)
	_columns, data, _message, _chart, cards = run("Waiting Now")
	assert [(row["approval"], row["rule"], row["people"], row["late"]) for row in data] == [
		(old, MARGIN, "Finance", None),
		(new, DISCOUNT, "Boss", 1),
	]
	assert [row["asked_on"] for row in data] == [at(MONDAY, 8), at(MONDAY, 9)]
	assert all(row["ended_on"] is None and row["working_hours"] > 8 for row in data)
	assert (cards["Waiting"], cards["Late"]) == (2, 1)


def test_each_person_who_is_asked_waits_until_they_have_answered(week, quote, ask, answer):
	both = ask(quote(60))
	answer(both, BOSS)
	stamp(both, at(MONDAY, 9), [(BOSS, at(MONDAY, 10))])
	assert groups("Approver", "waiting") == {"Boss": (0,), "Finance": (1,)}


def test_what_was_agreed_before_is_spared_or_asked_again(quote, ask, answer, as_user):
	draft = quote(60)
	first = ask(draft)
	answer(first, BOSS)
	answer(first, FINANCE)
	stamp(first, at(MONDAY, 9), [(BOSS, at(MONDAY, 10)), (FINANCE, at(MONDAY, 11))])
	draft.reload()
	draft.append("items", {"item_code": GADGET, "qty": 10, "rate": 40})
	with as_user(REP):
		draft.save()
	second = ask(draft)
	answer(second, FINANCE)
	frappe.db.set_value("Quote Approval", second, "requested_on", at(TUESDAY, 9))
	assert groups("Rule", "asked", "again", "kept") == {DISCOUNT: (1, 0, 1), MARGIN: (2, 1, 0)}
	cards = run("Rule")[4]
	assert (cards["Asked Again"], cards["Spared"]) == (1, 1)
	frappe.db.set_value("Quote Approval", first, "requested_on", datetime(2026, 2, 1))
	assert groups("Rule", "asked", "again", "kept") == {MARGIN: (1, 1, 0), DISCOUNT: (0, 0, 1)}


def test_what_the_asker_grants_alone_took_nobody_s_time(quote, ask):
	stamp(ask(quote(92)), at(MONDAY, 9))
	assert groups("Policy", "asked", "granted", "working_hours") == {POLICY: (0, 1, None)}
	assert groups("Rule", "asked", "granted", "kept") == {"Some discount": (0, 1, 0)}
	assert groups("Approver", "asked", "granted") == {"Rep": (0, 1)}


def test_a_request_that_was_recalled_counts_for_no_hours(quote, ask, as_user):
	recalled = ask(quote(80))
	with as_user(REP):
		api.recall_approval(recalled)
	stamp(recalled, at(MONDAY, 9))
	assert groups("Policy", "asked", "approved", "waiting", "working_hours") == {POLICY: (1, 0, 0, None)}
	assert groups("Rule", "asked", "waiting", "working_hours") == {DISCOUNT: (1, 0, None)}
	assert groups("Approver", "asked") == {}


def test_an_answer_for_somebody_who_is_away_is_the_one_s_who_gave_it(quote, ask, answer, as_user):
	with as_user(BOSS):
		frappe.get_doc(
			{
				"doctype": "Approval Delegation",
				"user": BOSS,
				"delegate": FINANCE,
				"from_date": getdate(),
				"to_date": add_days(getdate(), 1),
			}
		).insert()
	delegated = ask(quote(80))
	answer(delegated, FINANCE)
	stamp(delegated, at(MONDAY, 9), [(FINANCE, at(MONDAY, 12))])
	assert groups("Approver", "asked", "approved", "working_hours") == {"Finance": (1, 1, 3)}


# What was given away


@pytest.fixture
def submitted(quote, as_user):
	"""A quotation submitted on a day, within what its rep may grant alone."""

	def made(rate, on=MONDAY, **fields):
		doc = quote(rate, **fields)
		with as_user(doc.owner):
			doc = frappe.get_doc("Quotation", doc.name).submit()
		frappe.db.set_value("Quote Revision", {"quotation": doc.name}, "submitted_on", at(on, 12))
		return doc

	return made


GIVEN = ("quotes", "list_value", "quoted_value", "discount_amount", "discount_percent", "margin_amount")


def test_what_was_given_away_by_rep(submitted, as_user):
	submitted(95)
	dear = submitted(90.5)
	submitted(100, rep=OTHER)
	assert groups("Rep", *GIVEN) == {
		"Rep": (2, 2000, 950 + 905, 145, 7.25, 950 + 905 - 500),
		"Other": (1, 1000, 1000, 0, 0, 750),
	}
	rows = [row for row in run("Rep")[1] if row["indent"]]
	assert (rows[0]["quotation"], rows[0]["discount_amount"], rows[0]["discount_percent"]) == (
		dear.name,
		95,
		9.5,
	)
	cards = run("Rep")[4]
	assert (cards["Quotations"], cards["Given Away"], cards["Given Away %"]) == (3, 145, flt(145 / 30, 2))


def test_what_was_given_away_by_customer_group_and_item(submitted, as_user):
	frappe.db.set_value("Customer", submitted(95).party_name, "customer_group", "Individual")
	frappe.db.set_value("Quotation", {"company": factories.COMPANY}, "customer_group", None)
	draft = submitted(100)
	assert groups("Customer Group", "quotes", "discount_amount") == {
		"Individual": (1, 50),
		"Commercial": (1, 0),
	}
	assert groups("Item", "quotes", "list_value", "discount_amount") == {WIDGET: (2, 2000, 50)}
	assert draft.docstatus == 1


def test_money_is_in_company_currency(submitted):
	submitted(100, currency="USD", conversion_rate=123, plc_conversion_rate=1)
	((_label, row),) = groups("Rep", "list_value", "quoted_value", "discount_amount").items()
	assert row == (1000, 900, 100)


def test_only_the_current_revision_counts(submitted, as_user):
	first = submitted(95)
	with as_user(REP):
		revision = frappe.get_doc("Quotation", api.make_revision(first.name))
		revision.items[0].rate = 94
		revision.submit()
	frappe.db.set_value("Quote Revision", {"quotation": revision.name}, "submitted_on", at(TUESDAY, 9))
	assert groups("Rep", "quotes", "discount_amount") == {"Rep": (1, 60)}
	with as_user(REP):
		frappe.get_doc("Quotation", revision.name).cancel()
	assert groups("Rep", "quotes") == {}


def test_quotations_that_nobody_measured_are_counted_apart(policy, submitted):
	policy.rules = [row for row in policy.rules if row.title == MARGIN]
	policy.save()
	submitted(95)
	_columns, data, message, _chart, cards = run("Rep")
	assert (data[0]["discount_amount"], data[0]["quoted_value"]) == (None, 950)
	assert "Without a list price, so not in Given Away: 1." in message
	assert cards["Given Away"] == 0


# Who sees what, and which


def test_who_may_not_read_a_request_does_not_see_it_in_totals(week, as_user):
	with as_user(OTHER):
		assert groups("Policy", "asked", "rejected") == {POLICY: (1, 1)}
	with as_user(FINANCE):
		assert groups("Approver", "asked") == {"Boss": (2,), "Finance": (1,)}


def test_who_may_not_read_a_quotation_does_not_see_what_it_gives_away(submitted, as_user):
	submitted(95)
	foreign = submitted(96, rep=OTHER)
	foreign.db_set("customer_group", "Individual")
	frappe.permissions.add_user_permission("Customer Group", "Individual", OTHER)
	with as_user(OTHER):
		assert groups("Rep", "discount_amount") == {"Other": (40,)}
	with as_user(factories.user("nobody@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		run("Rep")


def test_filters(week):
	assert groups("Policy", "asked", rep=OTHER) == {POLICY: (1,)}
	assert groups("Policy", "asked", policy=POLICY) == {POLICY: (3,)}
	assert groups("Policy", "asked", policy="Another") == {}
	assert groups("Policy", "asked", from_date="2026-03-03", to_date="2026-03-03") == {POLICY: (1,)}
	assert groups("Policy", "asked", from_date="2026-03-05") == {POLICY: (1,)}


@pytest.mark.parametrize(
	("filters", "message"),
	[
		({"company": "Nobody Ltd"}, "There is no company"),
		({"group_by": "Mood"}, "is none of"),
		({"group_by": ["Policy"]}, "takes one value"),
		({"from_date": "soon"}, "is not a date"),
		({"from_date": "2026-04-01", "to_date": "2026-03-01"}, "ends before it starts"),
	],
)
def test_filters_that_make_no_sense_are_refused(filters, message):
	with pytest.raises(frappe.ValidationError, match=message):
		run(**filters)


@pytest.mark.parametrize(
	"group_by",
	["Policy", "Rule", "Approver", "Rejection Reason", "Waiting Now", "Rep", "Customer Group", "Item"],
)
def test_nothing_at_all_and_a_rep_who_runs_it(group_by, as_user):
	columns, data, message, chart, cards = run(group_by)
	assert (data, chart) == ([], None)
	assert message and not any(cards.values())
	assert all(column.get("description") for column in columns if not column.get("hidden"))
	filters = {"company": factories.COMPANY, "group_by": group_by}
	with as_user(REP):
		assert query_report.run("Quote Approval Analysis", filters)["result"] == []


def queries(group_by):
	"""With warm caches."""
	run(group_by)
	return count_queries(lambda: run(group_by))


@pytest.mark.parametrize("group_by", ["Policy", "Approver", "Waiting Now"])
def test_more_requests_take_no_more_queries(week, quote, ask, group_by):
	ask(quote(70))
	before = queries(group_by)
	for rate in (70, 65, 55):
		ask(quote(rate))
	assert queries(group_by) == before <= 8


def test_more_quotations_take_no_more_queries(submitted):
	submitted(95)
	before = queries("Item")
	submitted(94)
	submitted(93)
	assert queries("Item") == before <= 4
