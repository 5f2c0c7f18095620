"""Groups of deals add up to the forecast."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.forecast.rollup import DealGroup, by_month, roll_up, total

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
GROUPS = [
	DealGroup(MARCH, "ann", 2, 1000.0, 10),
	DealGroup(MARCH, "ann", 1, 500.0, 60),
	DealGroup(MARCH, "bob", 1, 200.0, 50),
	DealGroup(APRIL, "ann", 1, 400.0, 25),
	DealGroup(MARCH, "ann", 1, 300.0, 100, closed=True),
	DealGroup(None, None, 1, 50.0, 10),
]


def test_a_line_per_month_and_owner():
	lines = roll_up(GROUPS)
	assert [(line.month, line.owner) for line in lines] == [
		(MARCH, "ann"),
		(MARCH, "bob"),
		(APRIL, "ann"),
		(None, None),
	]
	first = lines[0]
	assert (first.deals, first.amount, first.weighted) == (3, 1500.0, 400.0)
	assert (first.won_deals, first.won, first.forecast) == (1, 300.0, 700.0)


def test_months_and_total():
	assert [(line.month, line.weighted) for line in by_month(GROUPS)] == [
		(MARCH, 500.0),
		(APRIL, 100.0),
		(None, 5.0),
	]
	everything = total(GROUPS)
	assert (everything.deals, everything.amount, everything.won, everything.forecast) == (
		6,
		2150.0,
		300.0,
		905.0,
	)


def test_a_stage_that_nobody_knows_weighs_nothing():
	line = total([DealGroup(MARCH, "ann", 1, 100.0, None)])
	assert (line.deals, line.amount, line.weighted) == (1, 100.0, 0.0)


groups = st.builds(
	DealGroup,
	st.sampled_from([MARCH, APRIL, None]),
	st.sampled_from(["ann", "bob", None]),
	st.integers(1, 9),
	st.floats(0, 1e6),
	st.floats(0, 100),
	st.booleans(),
)


@given(st.lists(groups, max_size=20))
def test_lines_and_months_add_up_to_the_total(drawn):
	whole = total(drawn)
	for lines in (roll_up(drawn), by_month(drawn)):
		assert sum(line.deals for line in lines) == whole.deals
		assert sum(line.forecast for line in lines) == pytest.approx(whole.forecast)
