"""The models of which nights are kept."""

from datetime import date, datetime

from pipeline_ext.domain.forecast.retention import superseded

TODAY = date(2026, 11, 22)


def nights(*written):
	return {text: datetime.fromisoformat(text) for text in written}


def test_of_the_last_thirty_days_the_newest_of_each():
	kept = nights("2026-11-22 03:00", "2026-11-21 03:00", "2026-10-24 03:00")
	assert superseded({**kept, **nights("2026-11-22 01:00")}, TODAY) == {"2026-11-22 01:00"}


def test_before_these_the_first_of_each_month():
	kept = nights("2026-10-01 03:00", "2026-09-05 03:00", "2026-10-25 03:00")
	dropped = nights("2026-10-02 03:00", "2026-10-23 03:00", "2026-09-30 03:00")
	assert superseded({**kept, **dropped}, TODAY) == set(dropped)


def test_the_last_model_of_a_company_that_is_quiet_is_kept():
	assert superseded(nights("2020-02-03 03:00"), TODAY) == set()
