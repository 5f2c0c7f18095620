"""Amounts go to the deals they belong to, to the cent, and a deal stands where its documents say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.lead_to_cash import (
	ItemRow,
	OrderProgress,
	Standing,
	allocate,
	outstanding_after_advances,
	standing,
	trace,
	undivided,
)

QUOTE_A, QUOTE_B = ("Quotation", "QTN-A"), ("Quotation", "QTN-B")
ORDER = ("Sales Order", "SO-1")
UPSTREAM = {QUOTE_A: {"A": 1.0}, QUOTE_B: {"B": 1.0}}


def row(name, amount, *sources, document=ORDER):
	return ItemRow(("Sales Order Item", name), document, amount, sources)


def share_of(shares, key):
	return {deal: pytest.approx(part) for deal, part in shares[key].items()}


class TestUndivided:
	def test_a_document_made_from_one_deals_documents_is_that_deals(self):
		assert undivided([QUOTE_A, ORDER], {**UPSTREAM, ORDER: {"A": 1.0}}) == {"A": 1.0}

	@pytest.mark.parametrize(
		"sources",
		[[], [QUOTE_A, QUOTE_B], [QUOTE_A, ("Quotation", "another")], [ORDER]],
		ids=["no source", "two deals", "an unknown source", "a divided source"],
	)
	def test_else_its_rows_tell(self, sources):
		assert undivided(sources, {**UPSTREAM, ORDER: {"A": 0.5, "B": 0.5}}) is None


class TestTrace:
	def test_a_row_belongs_to_the_deal_of_its_source(self):
		shares = trace([row("r1", 100, QUOTE_A)], UPSTREAM)
		assert shares[("Sales Order Item", "r1")] == {"A": 1.0}
		assert shares[ORDER] == {"A": 1.0}

	def test_an_order_for_two_deals_is_shared_by_the_amounts_of_its_rows(self):
		shares = trace([row("r1", 300, QUOTE_A), row("r2", 100, QUOTE_B)], UPSTREAM)
		assert shares[ORDER] == {"A": 0.75, "B": 0.25}
		assert shares[("Sales Order Item", "r2")] == {"B": 1.0}

	def test_a_row_made_from_elsewhere_belongs_to_no_deal(self):
		shares = trace([row("r1", 300, QUOTE_A), row("r2", 100, ("Quotation", "another"))], UPSTREAM)
		assert shares[ORDER] == {"A": 0.75, None: 0.25}

	def test_a_row_typed_in_by_hand_follows_the_rest_of_its_document(self):
		shares = trace([row("r1", 300, QUOTE_A), row("r2", 100, QUOTE_B), row("freight", 40)], UPSTREAM)
		assert shares[ORDER] == {"A": 0.75, "B": 0.25}
		assert shares[("Sales Order Item", "freight")] == {"A": 0.75, "B": 0.25}

	def test_the_most_exact_known_source_decides(self):
		exact, gone = ("Quotation Item", "q1"), ("Quotation Item", "deleted")
		upstream = {**UPSTREAM, exact: {"B": 1.0}}
		shares = trace([row("r1", 10, exact, QUOTE_A), row("r2", 10, gone, QUOTE_A)], upstream)
		assert shares[("Sales Order Item", "r1")] == {"B": 1.0}
		assert shares[("Sales Order Item", "r2")] == {"A": 1.0}

	def test_free_rows_share_evenly(self):
		shares = trace([row("r1", 0, QUOTE_A), row("r2", 0, QUOTE_B)], UPSTREAM)
		assert shares[ORDER] == {"A": 0.5, "B": 0.5}

	def test_a_return_is_shared_like_what_it_takes_back(self):
		shares = trace([row("r1", -300, QUOTE_A), row("r2", -100, QUOTE_B)], UPSTREAM)
		assert shares[ORDER] == {"A": 0.75, "B": 0.25}

	def test_documents_do_not_mix(self):
		other = ("Sales Order", "SO-2")
		shares = trace([row("r1", 1, QUOTE_A), row("r2", 1, QUOTE_B, document=other)], UPSTREAM)
		assert shares[ORDER] == {"A": 1.0} and shares[other] == {"B": 1.0}

	def test_a_document_without_any_source_belongs_to_no_deal(self):
		assert trace([row("r1", 1)], UPSTREAM)[ORDER] == {None: 1.0}

	@given(st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from([QUOTE_A, QUOTE_B])), min_size=1))
	def test_shares_add_up_to_one(self, lines):
		rows = [row(str(number), amount, source) for number, (amount, source) in enumerate(lines)]
		assert sum(trace(rows, UPSTREAM)[ORDER].values()) == pytest.approx(1)


weights = st.lists(st.integers(1, 10**6), min_size=1, max_size=12)


class TestAllocate:
	def test_thirds_lose_no_cent(self):
		parts = allocate(100, {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3})
		assert sorted(parts.values()) == [33.33, 33.33, 33.34]

	def test_what_belongs_to_no_deal_is_kept_apart(self):
		assert allocate(1000, {"A": 0.75, None: 0.25}) == {"A": 750.0, None: 250.0}

	def test_precision_follows_the_currency(self):
		assert allocate(101, {"A": 0.5, "B": 0.5}, precision=0) == {"A": 51.0, "B": 50.0}

	@given(st.integers(-(10**12), 10**12), weights, st.integers(0, 3))
	def test_the_parts_add_up_to_the_whole(self, units, weights, precision):
		scale = 10**precision
		share = {str(deal): weight / sum(weights) for deal, weight in enumerate(weights)}
		parts = allocate(units / scale, share, precision)
		assert sum(round(part * scale) for part in parts.values()) == units

	@given(st.integers(-(10**9), 10**9), weights)
	def test_no_part_is_further_from_its_share_than_rounding_explains(self, cents, weights):
		share = {str(deal): weight / sum(weights) for deal, weight in enumerate(weights)}
		for deal, part in allocate(cents / 100, share).items():
			assert abs(part * 100 - cents * share[deal]) <= len(weights) / 2 + 1e-3


class TestStanding:
	@pytest.mark.parametrize(
		("facts", "expected"),
		[
			((False, [], 0, None), Standing.OPPORTUNITY),
			((True, [], 0, None), Standing.QUOTED),
			((True, [(0, 0)], 0, 0), Standing.ORDERED),
			((True, [(40, 0)], 0, 0), Standing.PARTLY_DELIVERED),
			((True, [(100, 0), (0, 0)], 0, 0), Standing.PARTLY_DELIVERED),
			((True, [(100, 0)], 0, 0), Standing.DELIVERED),
			((True, [(0, 30)], 300, 0), Standing.ORDERED),
			((True, [(100, 30)], 300, 0), Standing.DELIVERED),
			((True, [(0, 100)], 1000, 1000), Standing.INVOICED),
			((True, [(100, 100)], 1000, 0.01), Standing.INVOICED),
			((True, [(100, 100)], 1000, 0), Standing.PAID),
			((True, [(100, 100)], 800, -200), Standing.PAID),
			((True, [(100, 100)], 0, 0), Standing.DELIVERED),
			((True, [(100, 100)], 1000, None), Standing.INVOICED),
		],
		ids=lambda value: getattr(value, "value", None),
	)
	def test_the_last_step_taken_in_full(self, facts, expected):
		quoted, orders, invoiced, outstanding = facts
		assert (
			standing(quoted, [OrderProgress(*order) for order in orders], invoiced, outstanding) is expected
		)

	def test_steps_are_in_order(self):
		assert Standing.PAID.reached(Standing.ORDERED)
		assert Standing.ORDERED.reached(Standing.ORDERED)
		assert not Standing.QUOTED.reached(Standing.ORDERED)


class TestOutstanding:
	@pytest.mark.parametrize(
		("due", "advances", "expected"),
		[(1000, 0, 1000), (1000, 300, 700), (200, 500, 0), (0, 500, 0), (-200, 0, -200), (-200, 500, -200)],
	)
	def test_an_advance_settles_what_is_due_and_no_more(self, due, advances, expected):
		assert outstanding_after_advances(due, advances) == expected
