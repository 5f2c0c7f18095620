"""The difference of two states of a quote: complete, without repetition, and the same from both sides."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.revisions import Change, Kind, Passage, RowChange, diff, passages


def line(item="Widget", qty=1.0, rate=100.0, **others):
	return {"item_code": item, "uom": "Nos", "qty": qty, "rate": rate, **others}


values = st.sampled_from([None, "", 0, 1.5, 2.0, 3.0, "Net 30", "Net 60"])
lines = st.lists(
	st.builds(
		line,
		st.sampled_from(["Widget", "Gadget", "Gizmo"]),
		st.sampled_from([1.0, 2.0]),
		st.sampled_from([90.0, 100.0]),
	),
	max_size=6,
)
terms = st.lists(
	st.fixed_dictionaries({"payment_term": st.sampled_from(["Now", "Later"]), "credit_days": values}),
	max_size=3,
)
contents = st.fixed_dictionaries({"items": lines}, optional={"payment_schedule": terms}).flatmap(
	lambda tables: st.dictionaries(st.sampled_from("abcd"), values).map(lambda fields: {**fields, **tables})
)
texts = st.text(st.sampled_from("ab \n"), max_size=40)


def frozen(row):
	return tuple(sorted((field, value or None) for field, value in row.items() if value or None))


def multiset(rows):
	return Counter(frozen(row) for row in rows)


def patched(content, difference):
	"""The other state, made of one state and what differs: fields, and rows regardless of their order."""
	fields = {name: value for name, value in content.items() if not isinstance(value, list)}
	fields |= {change.field: change.new for change in difference.fields}
	tables = {name: multiset(value) for name, value in content.items() if isinstance(value, list)}
	for change in difference.rows:
		rows = tables.setdefault(change.table, Counter())
		if change.old is not None:
			assert rows[frozen(change.old)], "a row is listed that is not there, or twice"
			rows[frozen(change.old)] -= 1
		if change.new is not None:
			rows[frozen(change.new)] += 1
	return frozen(fields), {name: +rows for name, rows in tables.items() if +rows}


def state(content):
	return patched(content, diff({}, {}))


@given(contents)
def test_nothing_differs_from_itself(content):
	assert not diff(content, content)


@given(contents, contents)
def test_what_is_listed_is_all_that_differs_and_is_listed_once(older, newer):
	difference = diff(older, newer)
	assert patched(older, difference) == state(newer)
	fields = [change.field for change in difference.fields]
	assert len(fields) == len(set(fields))
	assert bool(difference) is (state(older) != state(newer))


@given(contents, contents)
def test_seen_from_the_other_side_it_is_the_mirror_image(older, newer):
	there, back = diff(older, newer), diff(newer, older)
	assert {(change.field, change.old, change.new) for change in there.fields} == {
		(change.field, change.new, change.old) for change in back.fields
	}
	assert Counter(
		(change.table, frozen(change.old or {}), frozen(change.new or {})) for change in there.rows
	) == Counter((change.table, frozen(change.new or {}), frozen(change.old or {})) for change in back.rows)


@given(contents, contents)
def test_a_changed_row_says_each_of_its_changes(older, newer):
	for change in diff(older, newer).rows:
		if change.kind is Kind.CHANGED:
			assert change.changes
			assert frozen({**change.old, **{each.field: each.new for each in change.changes}}) == frozen(
				change.new
			)


@given(contents, st.randoms())
def test_the_order_of_rows_makes_no_difference(content, random):
	shuffled = {**content, "items": random.sample(content["items"], len(content["items"]))}
	assert not diff(content, shuffled)


def test_a_line_is_followed_by_the_surest_sign():
	cheap, dear, other = line(qty=5.0, rate=90.0), line(qty=10.0, rate=100.0), line("Gadget", 3.0, 40.0)
	cheaper = line(qty=10.0, rate=80.0)
	assert diff({"items": [cheap, dear]}, {"items": [other, cheaper]}).rows == (
		RowChange("items", None, other),
		RowChange("items", dear, cheaper, (Change("rate", 100.0, 80.0),)),
		RowChange("items", cheap, None),
	)


def test_a_line_in_another_unit_is_the_same_line():
	(change,) = diff({"items": [line()]}, {"items": [line() | {"uom": "Box"}]}).rows
	assert change.kind is Kind.CHANGED
	assert change.changes == (Change("uom", "Nos", "Box"),)


def test_a_field_that_an_older_state_does_not_know_is_no_change_while_it_is_empty():
	assert not diff({"items": [line()]}, {"incoterm": "", "items": [line(is_alternative=0)]})


@pytest.mark.parametrize(
	("field", "old", "new", "is_better"),
	[
		("rate", 100.0, 90.0, False),
		("rate", 90.0, 100.0, True),
		("discount_percent", 5.0, 12.0, False),
		("discount_percent", None, 12.0, None),
		("margin_percent", 20.0, 30.0, True),
		("payment_days", 30, 14, True),
		("valid_till", "2026-01-01", "2026-02-01", None),
		("qty", 1.0, 2.0, None),
	],
)
def test_better_is_what_gives_away_less(field, old, new, is_better):
	assert Change(field, old, new).is_better is is_better


@given(texts, texts)
def test_passages_make_up_both_texts(old, new):
	parts = passages(old, new)
	assert "".join(part.text for part in parts if part.kind is not Kind.ADDED) == old
	assert "".join(part.text for part in parts if part.kind is not Kind.REMOVED) == new
	assert all(part.text for part in parts)
	assert {part.kind for part in parts} <= {Kind.KEPT} or old != new


def test_a_text_is_compared_word_by_word():
	old = "Delivery in 4 weeks.\nWarranty 12 months."
	new = "Delivery in 4 weeks.\nWarranty 24 months."
	assert passages(old, new) == (
		Passage(Kind.KEPT, "Delivery in 4 weeks.\n"),
		Passage(Kind.KEPT, "Warranty "),
		Passage(Kind.REMOVED, "12"),
		Passage(Kind.ADDED, "24"),
		Passage(Kind.KEPT, " months."),
	)
