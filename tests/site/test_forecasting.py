"""What is learned of past deals at night, and what that says of open ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

import frappe
import numpy as np
import pytest
from frappe.utils import add_days, getdate, now_datetime

from pipeline_ext import tasks
from pipeline_ext.domain.forecast.chances import Regime
from pipeline_ext.domain.forecast.headline import MODEL as BY_MODEL
from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, Origin, follow, tip_of
from pipeline_ext.forecasting.fitting import fit
from pipeline_ext.history import bulk, writing
from pipeline_ext.reports import deal_history, win_models
from pipeline_ext.reports.gate import moment
from pipeline_ext.reports.win_models import BY_MONTH, CHANCE, MODEL
from pipeline_ext.subjects import OPPORTUNITY
from tests.domain.forecast.ledgers import SOURCES, STAGES, Change, World
from tests.site import factories, pipelines, readers
from tests.site.decided_deals import lost, made, on, to, ungated, won

NAMES = dict(
	zip((stage.name for stage in STAGES), ("Prospecting", "Qualification", "Negotiation/Review"), strict=True)
)
PROSPECTING = 10
"""What the pipeline says of its first stage, in percent; less is won here."""
OUTCOMES = {"open": "Open", "won": "Won", "lost": "Lost"}
STATUSES = {"open": "Open", "won": "Converted", "lost": "Lost"}


@pytest.fixture(autouse=True)
def pipeline():
	frappe.db.delete("Opportunity", {"company": factories.COMPANY})
	frappe.db.delete(CHANCE)
	return ungated()


def past(deals: int = 300, days: int = 500, **fields) -> World:
	"""Deals of the days before today, in the ledger as if they had been imported."""
	start = getdate() - timedelta(days=days)
	world = World(deals, days, start=start, sources=SOURCES, **fields)
	load(world)
	return world


def load(world: World, company: str = factories.COMPANY) -> None:
	today = datetime.combine(getdate(), datetime.min.time())
	changes = [row for row in world.changes() if row.posted_on < today]
	entries, rows = {}, []
	for number, life in groupby(changes, key=lambda row: row.document):
		name = f"{company} {number}"
		states = list(life)
		entries[name] = list(chain(states, company))
		rows.append(as_row(name, states, company, world.facts()[number]["source"]))
	frappe.db.bulk_insert("Opportunity", list(rows[0]), [tuple(row.values()) for row in rows])
	bulk.insert("Opportunity", entries)


def chain(states: list[Change], company: str) -> Iterator[Entry]:
	entries: list[Entry] = []
	for row in states:
		state = DealState(
			pipeline=pipelines.NAME,
			stage=NAMES[row.stage],
			outcome=OUTCOMES[row.outcome],
			probability=row.probability or 0.0,
			forecast_category="Pipeline",
			amount=row.amount,
			expected_close=row.expected_close,
			deal_owner="Administrator",
			company=company,
		)
		entries.append(follow(tip_of(entries), row.posted_on, state, Circumstances(Origin.IMPORTED)))
	return iter(entries)


def as_row(name: str, states: list[Change], company: str, source: str) -> dict:
	last = states[-1]
	entered = next(row.posted_on for row in states if row.stage == last.stage)
	return {
		"name": name,
		"creation": states[0].posted_on,
		"modified": last.posted_on,
		"company": company,
		"source": source,
		"currency": factories.CURRENCY,
		"opportunity_from": "Customer",
		"territory": "All Territories",
		"sales_stage": NAMES[last.stage],
		"status": STATUSES[last.outcome],
		"base_opportunity_amount": last.amount,
		"opportunity_owner": "Administrator",
		"pe_pipeline": pipelines.NAME,
		"pe_stage_entered_on": entered,
	}


def current(**filters) -> dict[str, frappe._dict]:
	rows = frappe.get_all(CHANCE, {"is_current": 1, **filters}, ["*"], order_by="document_name")
	assert len({row.document_name for row in rows}) == len(rows)
	return {row.document_name: row for row in rows}


def open_deals() -> set[str]:
	return set(frappe.get_all("Opportunity", {"company": factories.COMPANY, "status": "Open"}, pluck="name"))


def test_with_few_deals_the_rates_of_the_stages_are_learned():
	won(add_days(getdate(), -90), add_days(getdate(), -60))
	for back in (80, 70, 60, 50, 40):
		lost(add_days(getdate(), -back), add_days(getdate(), -back + 20))
	waiting = made(add_days(getdate(), -5), expected_closing=add_days(getdate(), 400))
	model = fit(factories.COMPANY, getdate())
	assert (model.regime, model.deals, model.decided, model.won) == (Regime.SHRUNK.value, 7, 6, 1)
	assert model.learned_since == add_days(getdate(), -90) and model.learned_until == add_days(getdate(), -5)
	assert "1 of 10" in model.missing
	saved = win_models.latest(factories.COMPANY)
	assert saved.name == model.name and saved.missing[0] == ("won_deals", 1, 10)
	assert all(period.low is None and period.high is None for period in saved.outlook.periods)
	(row,) = current().values()
	assert (row.document_name, row.model, row.scored_on) == (waiting.name, model.name, getdate())
	assert 1 < row.probability < PROSPECTING + 5
	assert [row[month] for month in BY_MONTH] == [0] * 6
	chance = win_models.chance_of(frappe.get_doc("Opportunity", waiting.name))
	assert chance.probability * 100 == pytest.approx(row.probability, abs=0.01)
	assert (chance.model, chance.fitted_on) == (model.name, model.fitted_on)


def test_with_many_deals_facts_are_learned_and_all_figures_fit_together():
	world = past()
	model = fit(factories.COMPANY, getdate())
	saved = win_models.latest(factories.COMPANY)
	assert model.regime == Regime.FULL.value and saved.missing == ()
	rows = current()
	assert set(rows) == open_deals() and len(rows) > 10
	amounts = dict(frappe.get_all("Opportunity", ["name", "base_opportunity_amount"], as_list=True))
	for row in rows.values():
		months = [row[month] for month in BY_MONTH]
		assert months == sorted(months) and 0 <= months[0] and months[-1] <= row.probability <= 100
	expected, so_far = [period.open_deals for period in saved.outlook.periods[:6]], 0.0
	for month, value in zip(BY_MONTH, expected, strict=True):
		by_month = sum(row[month] / 100 * amounts[name] for name, row in rows.items())
		assert by_month - so_far == pytest.approx(value, rel=0.01, abs=5)
		so_far = by_month
	assert len(saved.outlook.periods) == 8
	months = saved.accuracy["months"]
	decided = [row for row in world.changes() if row.outcome == "won"]
	for month in months:
		came = sum(
			row.amount for row in decided if month["first"] <= row.posted_on.date().isoformat() < month["end"]
		)
		assert month["actual"] == pytest.approx(came)
	assert saved.headline in saved.accuracy["scores"] and BY_MODEL in saved.accuracy["scores"]
	assert model.wape == pytest.approx(100 * saved.accuracy["headline"]["wape"])
	assert model.brier == pytest.approx(saved.accuracy["deals"]["brier"])


def test_a_deal_is_asked_about_as_it_is_now():
	past()
	fit(factories.COMPANY, getdate())
	name, row = next(iter(current().items()))
	deal = frappe.get_doc("Opportunity", name)
	chance = win_models.chance_of(deal)
	assert chance.probability * 100 == pytest.approx(row.probability, abs=0.02)
	assert [each * 100 for each in chance.by_month] == pytest.approx(
		[row[each] for each in BY_MONTH], abs=0.02
	)
	told = json.loads(row.reasons)
	assert [each.fact for each in chance.raises] == [each["fact"] for each in told["raises"]]
	deal.update({"sales_stage": "Negotiation/Review", "pe_stage_entered_on": now_datetime()})
	later = win_models.chance_of(deal)
	deal.update({"sales_stage": "Prospecting"})
	assert later.probability > win_models.chance_of(deal).probability + 0.1
	deal.status = "Lost"
	assert win_models.chance_of(deal) is None


def test_rows_are_added_only_for_deals_of_which_there_is_more_to_say():
	past(200)
	fit(factories.COMPANY, getdate())
	before = current()
	fit(factories.COMPANY, getdate())
	assert {name: row.name for name, row in current().items()} == {
		name: row.name for name, row in before.items()
	}
	assert frappe.db.count(CHANCE) == len(before)
	moved, closed = sorted(before)[:2]
	stage = frappe.db.get_value("Opportunity", moved, "sales_stage")
	other = "Prospecting" if stage == "Negotiation/Review" else "Negotiation/Review"
	with on(add_days(getdate(), -1)):
		append(moved, stage=other)
		append(closed, outcome="Lost")
	frappe.db.set_value("Opportunity", closed, "status", "Lost")
	fit(factories.COMPANY, getdate())
	assert closed not in current() and current()[moved].name != before[moved].name
	history = win_models.history_of("Opportunity", moved)
	assert [day for day, _percent in history] == [getdate()] * 2
	assert abs(history[0][1] - history[1][1]) >= 1


def append(name: str, **changes) -> None:
	"""A later entry in the ledger of a deal that was loaded."""
	row = pipelines.ledger(frappe._dict(name=name))[-1]
	state = DealState(**{field: row[field] for field in DealState.__dataclass_fields__})
	writing.append("Opportunity", name, replace(state, **changes), Circumstances(), moment())


def test_what_happens_later_changes_nothing_of_a_past_outlook():
	past(150, 400)
	day = getdate() - timedelta(days=40)
	known = outlook_of(day)
	for name in sorted(open_deals())[:5]:
		append(name, outcome="Won", amount=9e6)
	frappe.db.sql(
		"update `tabPipeline Ledger Entry` set amount = amount * 7 where posted_on >= %s and company = %s",
		(day, factories.COMPANY),
	)
	assert outlook_of(day) == known
	assert outlook_of(getdate()) != known


def outlook_of(day: date) -> str:
	return fit(factories.COMPANY, day).outlook


def test_deals_of_others_and_deleted_ones_teach_nothing():
	past(60, 100)
	names = set(deal_history.history(factories.COMPANY).names)
	gone = sorted(open_deals())[0]
	frappe.delete_doc("Opportunity", gone)
	assert set(deal_history.history(factories.COMPANY).names) == names - {gone}
	assert deal_history.history("Nobody's Company") is None
	assert fit("Nobody's Company", getdate()) is None


def test_the_history_is_what_the_ledger_says():
	deal = made("2024-03-05", opportunity_amount=700, expected_closing="2024-06-30")
	to("Qualification", deal, "2024-03-20", opportunity_amount=900)
	to("Won", deal, "2024-05-02")
	history = deal_history.history(factories.COMPANY)
	assert history.names == (deal.name,)
	assert history.value_won(date(2024, 5, 2), date(2024, 5, 3)) == 900
	assert history.value_won(date(2024, 5, 3), date(2030, 1, 1)) == 0
	assert history.first_day == date(2024, 3, 5)
	standing = history.open_at(date(2024, 4, 1))
	assert [history.stages[stage] for stage in history.stage[standing.rows]] == [
		f"{pipelines.NAME} › Qualification"
	]
	assert history.amount[standing.rows] == 900
	assert history.expected_close[standing.rows] == (date(2024, 6, 30) - date(1970, 1, 1)).days
	assert history.probability[standing.rows] == 25
	facts = {name: values[0] for name, values in history.facts.items()}
	assert facts["opportunity_from"] == "Customer" and facts["currency"] == "EUR"
	assert facts[OPPORTUNITY.owner] == (deal.opportunity_owner or "")


def test_deals_without_stage_amount_or_date():
	past(80, 120)
	frappe.db.sql(
		"""update `tabPipeline Ledger Entry`
		set stage = null, amount = 0, expected_close = null, deal_owner = null
		where company = %s and sequence = 1""",
		factories.COMPANY,
	)
	model = fit(factories.COMPANY, getdate())
	assert model.deals == len(deal_history.history(factories.COMPANY).names)
	assert set(current()) == open_deals()


def test_nothing_decided_and_stages_that_say_nothing():
	deal = made(add_days(getdate(), -5))
	frappe.db.sql(
		"update `tabPipeline Ledger Entry` set probability = 0 where company = %s", factories.COMPANY
	)
	model = fit(factories.COMPANY, getdate())
	assert model.regime == Regime.NOTHING.value and model.decided == 0
	assert not current() and win_models.chance_of(frappe.get_doc("Opportunity", deal.name)) is None
	assert dict((what, there) for what, there, _enough in win_models.latest(factories.COMPANY).missing) == {
		"won_deals": 0,
		"months": 0,
	}


def test_no_night_yet():
	deal = pipelines.deal()
	assert win_models.latest(factories.COMPANY) is None
	assert win_models.chance_of(deal) is None and win_models.history_of("Opportunity", deal.name) == []


@pytest.mark.parametrize("doctype", [MODEL, CHANCE])
def test_nobody_writes_what_was_learned(doctype):
	made(add_days(getdate(), -5))
	fit(factories.COMPANY, getdate())
	row = frappe.get_last_doc(doctype)
	with pytest.raises(frappe.ValidationError, match="at night"):
		frappe.copy_doc(row).insert(ignore_permissions=True)
	with pytest.raises(frappe.ValidationError, match="at night"):
		row.save(ignore_permissions=True)
	with pytest.raises(frappe.ValidationError, match="at night"):
		frappe.delete_doc(doctype, row.name, ignore_permissions=True)


def test_chances_go_with_their_deal():
	deal = made(add_days(getdate(), -5))
	fit(factories.COMPANY, getdate())
	frappe.rename_doc("Opportunity", deal.name, "Another Name", force=True)
	assert set(current()) == {"Another Name"}
	frappe.delete_doc("Opportunity", "Another Name")
	other = made(add_days(getdate(), -5))
	fit(factories.COMPANY, getdate())
	assert set(current()) == {other.name}


def test_a_reader_sees_the_chances_of_their_own_deals(as_user):
	rep = readers.held_to_own()
	own = made(add_days(getdate(), -5))
	frappe.db.set_value("Opportunity", own.name, "owner", rep)
	made(add_days(getdate(), -5))
	fit(factories.COMPANY, getdate())
	assert len(current()) == 2
	frappe.permissions.add_permission(CHANCE, readers.ROLE)
	with as_user(rep):
		assert frappe.get_list(CHANCE, pluck="document_name") == [own.name]


def test_old_models_are_dropped_and_leave_their_chances():
	deal = made(add_days(getdate(), -5))
	model = fit(factories.COMPANY, getdate())
	old = now_datetime() - timedelta(days=100)
	frappe.db.set_value(MODEL, model.name, "fitted_on", old.replace(day=20))
	first = fit(factories.COMPANY, getdate())
	frappe.db.set_value(MODEL, first.name, "fitted_on", old.replace(day=2))
	last = fit(factories.COMPANY, getdate())
	assert set(frappe.get_all(MODEL, {"company": factories.COMPANY}, pluck="name")) == {first.name, last.name}
	assert current()[deal.name].model is None


def test_a_long_job_for_each_company_with_deals(monkeypatch):
	made(add_days(getdate(), -5))
	jobs = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **options: jobs.append((method, options)))
	tasks.learn_from_past_deals()
	of_ours = [(method, options) for method, options in jobs if options["company"] == factories.COMPANY]
	((method, options),) = of_ours
	assert options["queue"] == "long" and options["deduplicate"] and factories.COMPANY in options["job_id"]
	frappe.get_attr(method)(options["company"])
	assert win_models.latest(factories.COMPANY).deals == 1
	assert np.isfinite(win_models.latest(factories.COMPANY).outlook.periods[0].value)
