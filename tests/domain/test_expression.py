"""What an expression can say, and that nothing else is within its reach, nor for long."""

from datetime import date
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.expression import LONGEST, ExpressionError, names, parse, value_of
from tests.domain.generated import EXPRESSION_KINDS, TODAY_IS, expression_texts

VALUES = {
	"amount": 1500.0,
	"rate": 0.0,
	"name": "Acme Steel",
	"close": date(2026, 3, 20),
	"new": True,
	"rows": ("a", "b"),
	"nothing": None,
}


@pytest.mark.parametrize(
	("text", "expected"),
	[
		("amount", 1500.0),
		("  amount > 1000  ", True),
		("1000 < amount <= 1500", True),
		("1000 < amount < 1500", False),
		("amount > 1000 and not new", False),
		("rate > 0 and amount / rate > 1", False),
		("amount > 2000 or name", "Acme Steel"),
		("amount + 10 * 2 - -5", 1525.0),
		("amount / 4", 375.0),
		("'Steel' in name and name not in ['x', 'y']", True),
		("name in ('Acme Steel',)", True),
		("close - today", 5),
		("close > today + 3", True),
		("today - 1", date(2026, 3, 14)),
		("close - today >= 5 if new else False", True),
		("len(rows) >= 2", True),
		("max(amount, 2000) - min(1, 2) + abs(-3)", 2002.0),
		("round(amount / 7, 2)", 214.29),
		("round(2.6)", 3.0),
		("nothing == None", True),
		("name == 'today'", False),
	],
)
def test_what_it_comes_to(text, expected):
	assert value_of(text, VALUES, TODAY_IS) == expected


def test_the_values_it_asks_for():
	assert names("max(amount, rate) > len(rows) and close > today") == {"amount", "rate", "rows", "close"}


@pytest.mark.parametrize(
	"text",
	[
		"",
		"amount >",
		"amount = 5",
		"name.upper()",
		"name.__class__",
		"().__class__.__bases__",
		"rows[0]",
		"{}",
		"{1: 2}",
		"{1, 2}",
		"[row for row in rows]",
		"(row for row in rows)",
		"lambda: 1",
		"(lambda: 1)()",
		"(n := 5)",
		"f'{amount}'",
		"b'amount'",
		"1j",
		"...",
		"2 ** 3",
		"7 // 2",
		"7 % 2",
		"1 << 2",
		"~1",
		"+1",
		"1 | 2",
		"name is None",
		"*rows",
		"max(*rows)",
		"round(amount, ndigits=2)",
		"open('x')",
		"__import__('os')",
		"eval('1')",
		"getattr(name, 'x')",
		"max(1, 2)(3)",
		"await name",
		"yield",
		"1; 2",
		"import os",
		"1e999",
		"'a' 'b' if",
		"\0",
		"\ud800",
		"(" * 240 + "1" + ")" * 240,
		"amount" + " + amount" * LONGEST,
	],
)
def test_anything_else_is_refused_when_it_is_read(text):
	with pytest.raises(ExpressionError):
		parse(text)


@pytest.mark.parametrize(
	"text",
	[
		"unknown > 1",
		"amount / rate",
		"name > 5",
		"name * 3",
		"name + name",
		"-name",
		"5 in 5",
		"rows + rows",
		"close + close",
		"close - 'x'",
		"today + 10000000000",
		"len(5)",
		"abs(name)",
		"min()",
		"max(rows)(1)",
		"max(amount, name)",
		"round(name)",
		"round(amount, 0.5)",
		"1e308 * 10",
		"nothing + 1",
		"-" * (LONGEST - 1) + "1",
	],
)
def test_what_does_not_fit_together_is_an_error(text):
	with pytest.raises(ExpressionError):
		value_of(text, VALUES, TODAY_IS)


@pytest.mark.parametrize(
	"text",
	[
		"9" * LONGEST,
		"*".join(["9" * 49] * 10),
		"round(1, -999999999999)",
		"round(" + "9" * 99 + ", -999999999999)",
		"1" + "-1" * 249,
		"not " * 120 + "1",
		"-" * (LONGEST - 1) + "1",
		"(" * 150 + "1" + ")" * 150,
		"max(" * 80 + "1" + ", 1)" * 80,
		"'" + "a" * 400 + "' in name",
		"name " + "in (name, name) and name " * 19,
	],
)
def test_it_never_takes_long(text):
	started = perf_counter()
	try:
		value_of(text, {"name": "a" * 1_000_000}, TODAY_IS)
	except ExpressionError:
		pass
	assert perf_counter() - started < 1


TOKENS = """
	amount name close rows new nothing today 0 1 1.5 1e308 9999999999 'a' "b" None True f'{1}' b'x' 1j ...
	( ) [ ] { } , : . ; = == != < > <= >= + - * / // % ** @ & | ^ ~ << >> := \\ #
	and or not in is if else for lambda yield await import len max min abs round
""".split()
sentences = st.lists(st.sampled_from(TOKENS), max_size=20).map(" ".join)
plain = st.one_of(
	st.none(), st.booleans(), st.floats(), st.text(), st.dates(), st.lists(st.text()).map(tuple)
)


@given(st.text() | sentences, st.dictionaries(st.sampled_from(sorted(VALUES)), plain), st.dates())
def test_nothing_but_an_expression_error_comes_out(text, values, today):
	try:
		names(text)
		value_of(text, values, today)
	except ExpressionError as error:
		assert str(error)


@given(expression_texts, st.fixed_dictionaries({name: plain for name in EXPRESSION_KINDS}))
def test_what_can_be_read_comes_to_a_plain_value(text, values):
	assert names(text) <= set(EXPRESSION_KINDS)
	try:
		result = value_of(text, values, TODAY_IS)
	except ExpressionError:
		return
	assert isinstance(result, bool | int | float | str | date | tuple | None)
