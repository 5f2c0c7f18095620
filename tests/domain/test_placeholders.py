"""Texts that say nothing are told from those that do."""

from time import perf_counter

import pytest

from pipeline_ext.domain.placeholders import STAND_INS, is_placeholder


@pytest.mark.parametrize(
	"text",
	[
		"n/a",
		"N/A",
		"n.a.",
		" tbd ",
		"TBD!",
		"asdf",
		"xxx",
		"XXXXXXX",
		"aaa",
		"000",
		"...",
		"-",
		"?!",
		"  ",
		"",
		"To be  decided.",
		"<p>tbd</p>",
		"<div><p><br></p></div>",
		"(none)",
		"lorem ipsum",
	],
)
def test_a_placeholder(text):
	assert is_placeholder(text)


@pytest.mark.parametrize(
	"text",
	[
		"Price",
		"Acme needs 40 gates by May",
		"none of the competitors can deliver",
		"tbd by the board on 3 May",
		"AA",
		"IBM",
		"<p>They lose two days a month</p>",
		"a < b",
		"42",
		"日本",
	],
)
def test_an_answer(text):
	assert not is_placeholder(text)


def test_every_stand_in_is_recognised_as_it_is_written():
	assert [text for text in STAND_INS if not is_placeholder(text)] == []


@pytest.mark.parametrize(
	"text", ["<" * 100_000, "<a" * 50_000, "a" * 100_000 + "b", " " * 100_000 + "x y", "<>" * 50_000]
)
def test_a_long_text_takes_no_longer_than_it_is(text):
	started = perf_counter()
	is_placeholder(text)
	assert perf_counter() - started < 1
