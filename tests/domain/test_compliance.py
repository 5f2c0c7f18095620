"""What kind of incident it was, what became of it, and how incidents are counted."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from pipeline_ext.domain.compliance import (
	Aspect,
	Incident,
	Kind,
	Status,
	counted,
	kind_of_entry,
	status_of_entry,
	status_of_override,
)

TODAY = date(2026, 3, 2)


def incident(kind=Kind.WARNING, from_stage="Qualification", missing=(), owner="ann"):
	return Incident(
		kind=kind,
		status=Status.LET_THROUGH,
		happened_on=datetime(2026, 3, 1),
		document_type="Opportunity",
		document_name="OPP-1",
		title=None,
		pipeline="B2B",
		from_stage=from_stage,
		to_stage="Proposal",
		by="bob",
		deal_owner=owner,
		missing=missing,
	)


@pytest.mark.parametrize(
	("origin", "bypass", "kind"),
	[
		("Recorded", None, Kind.WARNING),
		("Recorded", "", Kind.WARNING),
		("Recorded", "GB-1", Kind.BYPASS),
		("Reconciled", None, Kind.RECONCILED),
	],
)
def test_what_an_entry_tells_of(origin, bypass, kind):
	assert kind_of_entry(origin, bypass) is kind


@pytest.mark.parametrize(
	("kind", "would_refuse", "status"),
	[
		(Kind.WARNING, True, Status.LET_THROUGH),
		(Kind.BYPASS, True, Status.LET_THROUGH),
		(Kind.RECONCILED, True, Status.WOULD_BE_REFUSED),
		(Kind.RECONCILED, False, Status.RECORDED_LATE),
	],
)
def test_what_became_of_a_change(kind, would_refuse, status):
	assert status_of_entry(kind, would_refuse) is status


@pytest.mark.parametrize(
	("written", "days", "status"),
	[
		("Owed", 1, Status.OWED),
		("Owed", 0, Status.OWED),
		("Owed", -1, Status.OVERDUE),
		("Settled", -1, Status.SETTLED),
	],
)
def test_what_is_owed_is_overdue_the_day_after(written, days, status):
	assert status_of_override(written, TODAY + timedelta(days=days), TODAY) is status


def test_an_override_that_owes_nothing_has_no_day():
	assert status_of_override("Nothing Owed", None, TODAY) is Status.NOTHING_OWED


def test_a_start_further_on_counts_for_the_stage_it_was_to_start_in():
	assert incident(from_stage=None).stage == "Proposal"


def test_counts_come_most_frequent_first_and_by_name_where_equal():
	incidents = [
		incident(Kind.REFUSAL, "Qualification", ("Budget", "Date"), "bob"),
		incident(Kind.WARNING, "Qualification", ("Date",), "ann"),
		incident(Kind.REFUSAL, "Discovery", (), None),
	]
	assert counted(incidents, Aspect.STAGE) == {
		"Qualification": Counter({Kind.REFUSAL: 1, Kind.WARNING: 1}),
		"Discovery": Counter({Kind.REFUSAL: 1}),
	}
	assert list(counted(incidents, Aspect.CRITERION).items()) == [
		("Date", Counter({Kind.REFUSAL: 1, Kind.WARNING: 1})),
		("Budget", Counter({Kind.REFUSAL: 1})),
	]
	assert list(counted(incidents, Aspect.OWNER)) == [None, "ann", "bob"]
