"""The chance to win on the form: what it says, to whom, and in which words."""

from __future__ import annotations

import json

import frappe
import pytest
from frappe.utils import add_days, getdate, now_datetime

from pipeline_ext.api import win_probability
from pipeline_ext.api.win_probability import months_left_in_quarter
from pipeline_ext.domain.forecast.chances import Regime
from pipeline_ext.domain.forecast.history import place_of
from pipeline_ext.domain.forecast.outlook import Outlook, outlook_as_dict
from pipeline_ext.domain.forecast.reasons import Reason
from pipeline_ext.domain.forecast.snapshots import (
	AGE,
	AMOUNT,
	DAYS_IN_STAGE,
	EXPECTED_CLOSE,
	PLANNED_LENGTH,
	STAGE,
)
from pipeline_ext.reports import win_models
from pipeline_ext.reports.win_reasons import reason_text
from tests.site import factories, pipelines, readers
from tests.site.decided_deals import ungated

ANN = "ann@pipeline-test.example"


@pytest.fixture(autouse=True)
def pipeline():
	factories.user(ANN, "Sales User")
	return ungated()


def written(**fields):
	"""As the night writes it, past who may not."""
	frappe.get_doc(name=frappe.generate_hash(length=10), **fields).db_insert()


def learned(regime=Regime.SHRUNK, decided=12, **rates):
	"""A model that knows nothing but the rates of stages."""
	known = {
		"regime": regime.value,
		"days": win_models.days_ahead(getdate()),
		"rates": {
			"rates": {place_of(pipelines.NAME, stage): rate for stage, rate in rates.items()},
			"overall": 0.3,
		},
	}
	written(
		doctype="Win Probability Model",
		company=factories.COMPANY,
		fitted_on=now_datetime(),
		regime=regime.value,
		decided=decided,
		learned_until="2026-11-21",
		outlook=json.dumps(outlook_as_dict(Outlook(getdate(), ()))),
		accuracy="{}",
		coefficients=json.dumps(known if rates else None),
	)


def test_the_chance_of_an_open_deal():
	learned(Prospecting=0.6)
	deal = pipelines.deal(expected_closing=getdate())
	found = win_probability(deal.name)
	by_month = [percent * 100 for percent in win_models.chance_of(deal.reload()).by_month]
	assert found["chance"] == 60
	assert found["this_month"] == pytest.approx(by_month[0], abs=0.05)
	assert found["this_quarter"] == pytest.approx(by_month[months_left_in_quarter(getdate())], abs=0.05)
	assert 0 < found["this_month"] <= found["this_quarter"] <= 60
	assert found["raises"] == [{"text": "Stage is Prospecting", "points": 30.0}]
	assert found["lowers"] == []
	assert found["history"] == [{"day": getdate(), "chance": 60}]


def test_it_says_what_the_deal_is_now():
	learned(Prospecting=0.6, Qualification=0.1)
	deal = pipelines.deal()
	pipelines.move(deal, "Qualification")
	found = win_probability(deal.name)
	assert (found["chance"], found["raises"]) == (10, [])
	assert found["lowers"] == [{"text": "Stage is Qualification", "points": -20.0}]


def test_its_history_ends_today():
	learned(Prospecting=0.6)
	deal = pipelines.deal()
	for days, percent in ((40, 20), (7, 35), (0, 58)):
		written(
			doctype="Deal Win Probability",
			document_type="Opportunity",
			document_name=deal.name,
			scored_on=add_days(getdate(), -days),
			probability=percent,
		)
	assert [(str(point["day"]), point["chance"]) for point in win_probability(deal.name)["history"]] == [
		(str(add_days(getdate(), -40)), 20),
		(str(add_days(getdate(), -7)), 35),
		(str(getdate()), 60),
	]


def test_the_quarter_reaches_as_far_as_it_lasts():
	days = ("2026-01-01", "2026-02-28", "2026-03-31", "2026-10-05", "2026-12-31")
	assert [months_left_in_quarter(getdate(day)) for day in days] == [2, 1, 0, 2, 0]


@pytest.mark.parametrize(
	("regime", "words"),
	[
		(Regime.FULL, "Learned from 12 decided deals until 21-11-2026."),
		(
			Regime.SHRUNK,
			"Learned from 12 decided deals until 21-11-2026. By their stages only: 25 won and 25 lost "
			"deals are needed to learn from more.",
		),
		(
			Regime.DEFAULTS,
			"What the pipeline says of the stage, by the time spent in it: 12 deals are decided.",
		),
	],
)
def test_what_it_was_learned_from(regime, words, monkeypatch):
	learned(Prospecting=0.6)
	known = win_models.latest(factories.COMPANY)
	monkeypatch.setattr(
		win_models, "latest", lambda company: known.__class__(**{**vars(known), "regime": regime.value})
	)
	assert win_probability(pipelines.deal().name)["learned_from"] == words


def test_too_little_is_known():
	deal = pipelines.deal()
	found = win_probability(deal.name)
	assert list(found) == ["learned_from"]
	assert "No night has passed yet" in found["learned_from"]
	learned(Regime.NOTHING, decided=3)
	found = win_probability(deal.name)
	assert list(found) == ["learned_from"]
	assert "3 deals decided, 5 are needed" in found["learned_from"]


def test_a_closed_deal_has_no_chance():
	learned(Prospecting=0.6)
	deal = pipelines.deal()
	pipelines.move(deal, "Won")
	assert win_probability(deal.name) == {}
	pipelines.move(deal, "Lost")
	assert win_probability(deal.name) == {}


def test_who_may_not_read_the_deal_gets_nothing(as_user):
	learned(Prospecting=0.6)
	mine = pipelines.deal(territory="Rest Of The World").name
	other = pipelines.deal(territory="All Territories").name
	with as_user(ANN):
		assert win_probability(other)["chance"] == 60
	with as_user(readers.held_to_territory("Rest Of The World")):
		assert win_probability(mine)["chance"] == 60
		with pytest.raises(frappe.PermissionError):
			win_probability(other)
	with as_user(factories.user("nobody@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		win_probability(mine)


@pytest.mark.parametrize("name", ["No such deal", "", "' or 1=1 -- "])
def test_a_deal_that_is_not_there(name):
	with pytest.raises(frappe.DoesNotExistError):
		win_probability(name)


@pytest.mark.parametrize(
	("fact", "value", "text"),
	[
		(STAGE, "Negotiation/Review", "Stage is Negotiation/Review"),
		(STAGE, "", "It is in no stage"),
		(AMOUNT, "12000.00", "Amount is € 12,000.00"),
		(AMOUNT, "0.00", "No amount is set"),
		(AGE, "40", "Days since it began: 40"),
		(AGE, "0", "Days since it began: 0"),
		(DAYS_IN_STAGE, "", "Nobody knows since when it is in its stage"),
		(EXPECTED_CLOSE, "2026-12-24", "Expected to close on 24-12-2026"),
		(EXPECTED_CLOSE, "", "No closing date is set"),
		(PLANNED_LENGTH, "-3", "Days planned from start to close: -3"),
		("source", "Advertisement", "Source is Advertisement"),
		("source", "", "Source is not set"),
		("opportunity_owner", ANN, "Opportunity Owner is Ann"),
	],
)
def test_reasons_in_words(fact, value, text):
	assert reason_text(Reason(fact, value, 1.0), factories.CURRENCY) == text
