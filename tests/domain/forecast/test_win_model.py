"""The win model: what it learns, that it is plain data, and that it never believes what is not there."""

import json
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ext.domain.forecast import naive_bayes, win_model
from pipeline_ext.domain.forecast.encoding import LevelColumn, NumberColumn, columns_of
from pipeline_ext.domain.forecast.scores import of_probabilities
from pipeline_ext.domain.forecast.win_model import Cases, model_from_dict


def made(cases: int, seed: int = 1, telling: bool = True):
	"""Cases whose chance depends on source, amount, and on source and size together; or on nothing."""
	chance = np.random.default_rng(seed)
	source = chance.choice(["Web", "Fair", "Partner"], cases)
	size = chance.choice(["S", "L"], cases)
	amount = np.exp(chance.normal(8, 2, cases))
	odds = (
		0.8 * (source == "Web") - 0.25 * (np.log(amount) - 8) + 1.5 * ((source == "Fair") & (size == "L")) - 1
	)
	rate = 1 / (1 + np.exp(-odds)) if telling else np.full(cases, 0.3)
	won = (chance.random(cases) < rate).astype(float)
	return {"source": list(source), "size": list(size), "amount": amount}, won, rate


def test_it_learns_what_there_is_to_learn():
	table, won, _rate = made(8000)
	asked, came, rate = made(4000, seed=2)
	model = win_model.fit(table, won)
	predicted = model.predict(asked)
	assert np.abs(predicted - rate).mean() < 0.03
	assert (
		of_probabilities(predicted, came).brier
		< of_probabilities(np.full(4000, won.mean()), came).brier - 0.02
	)
	assert model.trust == 1


def test_two_facts_that_tell_more_together_are_crossed():
	table, won, _rate = made(8000)
	crosses = win_model.fit(table, won).crosses
	assert {"source", "size"} in [{cross.first, cross.second} for cross in crosses]


@pytest.mark.parametrize("seed", range(5))
def test_facts_that_say_nothing_make_it_no_worse_than_the_base_rate(seed):
	table, won, _rate = made(300, seed, telling=False)
	asked, came, _rate = made(5000, seed + 100, telling=False)
	base = of_probabilities(np.full(5000, won.mean()), came).brier
	assert of_probabilities(win_model.fit(table, won).predict(asked), came).brier <= base * 1.01


def test_it_is_plain_data():
	table, won, _rate = made(2000)
	model = win_model.fit(table, won)
	again = model_from_dict(json.loads(json.dumps(model.as_dict())))
	assert again == model
	assert np.array_equal(again.predict(table), model.predict(table))


def test_what_was_never_seen_and_what_is_missing_counts_as_little():
	table, won, _rate = made(2000)
	model = win_model.fit(table, won)
	strange = {"source": ["Moon", None, ""], "size": ["XXL", "S", None], "amount": [nan, None, "much"]}
	predicted = model.predict(strange)
	assert np.all((predicted > 0.02) & (predicted < 0.9))
	assert len(model.predict({"source": ["Web"]})) == 1


def test_contributions_add_up_to_the_log_odds():
	table, won, _rate = made(3000)
	model = win_model.fit(table, won)
	total = sum(model.contributions(table).values())
	predicted = model.predict(table)
	odds = np.log(predicted / (1 - predicted))
	assert np.ptp(odds - total) < 1e-9


def test_weights_are_counts_of_cases():
	table, won, _rate = made(400)
	twice = {name: [*values, *values] for name, values in table.items()}
	columns = columns_of(table)
	doubled = win_model._fitted(Cases(twice, np.tile(won, 2), np.ones(800), None), columns, 1.0)
	weighted = win_model._fitted(Cases(table, won, np.full(400, 2.0), None), columns, 1.0)
	assert np.allclose(doubled.predict(table), weighted.predict(table), atol=0.02)


@pytest.mark.parametrize("won", [[1.0], [0.0, 0.0, 0.0], [1.0] * 30])
def test_few_cases_or_cases_that_all_ended_alike_give_the_base_rate(won):
	model = win_model.fit({"a": ["x"] * len(won)}, np.array(won))
	assert model.predict({"a": ["x"]})[0] == pytest.approx(np.mean(won), abs=1e-8)


@pytest.mark.parametrize("cases", [20, 60, 200, 600])
def test_facts_that_say_nothing_never_cost_more_than_a_hundredth(cases):
	random = np.random.default_rng(cases)
	for share in (0.1, 0.3, 0.5):
		won = (random.random(cases) < share).astype(float)
		table = {
			"number": random.lognormal(size=cases).tolist(),
			"word": random.choice(list("abcdefgh"), cases).tolist(),
			"flag": random.choice(["yes", "no"], cases).tolist(),
		}
		known = cases * 7 // 10
		model = win_model.fit({name: values[:known] for name, values in table.items()}, won[:known])
		said = model.predict({name: values[known:] for name, values in table.items()})
		missed, by_base = (np.mean((each - won[known:]) ** 2) for each in (said, won[:known].mean()))
		assert missed <= 1.01 * by_base + 1e-9


def test_no_case_is_an_error():
	with pytest.raises(ValueError, match="no decided case"):
		win_model.fit({"a": []}, np.empty(0))


def test_kinds_of_columns():
	table = {
		"number": [str(value / 7) for value in range(200)],
		"few numbers": [str(value % 3) for value in range(200)],
		"words": ["a", "b"] * 100,
		"serial number": [str(1000 + value) for value in range(200)],
		"blank": [""] * 200,
		"all different": [f"x{value}" for value in range(200)],
	}
	kinds = {column.name: type(column) for column in columns_of(table)}
	assert kinds == {"number": NumberColumn, "few numbers": LevelColumn, "words": LevelColumn}


value = st.one_of(st.none(), st.text(max_size=3), st.floats(), st.integers(), st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(value, value, st.booleans()), min_size=1, max_size=40), value, value)
def test_whatever_it_is_fed_it_gives_a_probability(cases, first, second):
	table = {"a": [case[0] for case in cases], "b": [case[1] for case in cases]}
	won = np.array([float(case[2]) for case in cases])
	predicted = win_model.fit(table, won).predict({"a": [first], "b": [second]})
	assert 0 <= predicted[0] <= 1


def test_naive_bayes_counts_levels():
	table = {"a": ["x"] * 20 + ["y"] * 20}
	won = np.array([1.0] * 15 + [0.0] * 5 + [1.0] * 5 + [0.0] * 15)
	predicted = naive_bayes.predict(table, won, {"a": ["x", "y"]})
	assert predicted == pytest.approx([0.75, 0.25], abs=0.01)
