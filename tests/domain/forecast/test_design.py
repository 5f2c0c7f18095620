"""The design matrix without its zeros does what the matrix with them would."""

import numpy as np
import pytest

from pipeline_ext.domain.forecast import logistic
from pipeline_ext.domain.forecast.design import Design, Indicators, Line

CASES = 200


@pytest.fixture
def chance():
	return np.random.default_rng(7)


@pytest.fixture
def design(chance):
	return Design(
		[
			Line(np.ones(CASES)),
			Indicators(chance.integers(0, 4, CASES), 4),
			Line(chance.normal(size=CASES)),
			Indicators(chance.integers(0, 7, CASES), 6),
		]
	)


def dense(design: Design) -> np.ndarray:
	columns = []
	for block in design.blocks:
		if isinstance(block, Line):
			columns.append(block.values)
		else:
			columns += [(block.codes == code).astype(float) for code in range(block.size)]
	return np.stack(columns, axis=1)


def test_its_products_are_those_of_the_matrix(design, chance):
	matrix, weights = dense(design), chance.random(CASES)
	coefficients = chance.normal(size=matrix.shape[1])
	assert design.times(coefficients) == pytest.approx(matrix @ coefficients)
	assert design.totals(weights) == pytest.approx(matrix.T @ weights)
	assert np.allclose(design.squares(weights), (matrix * weights[:, None]).T @ matrix)


def test_a_fit_is_where_the_penalised_likelihood_is_flat(design, chance):
	matrix, weights, prior = dense(design), chance.random(CASES), chance.normal(size=CASES)
	won = (chance.random(CASES) < 0.4).astype(float)
	found = logistic.fit(design, won, weights, 3.0, prior)
	slope = matrix.T @ (weights * (logistic.probability(prior + matrix @ found) - won))
	assert slope[0] == pytest.approx(0, abs=1e-4)
	assert slope[1:] == pytest.approx(-3.0 * found[1:], abs=1e-4)


def test_a_shift_of_all_cases_is_flat_too(chance):
	prior, weights = chance.normal(size=CASES), chance.random(CASES)
	won = (chance.random(CASES) < 0.7).astype(float)
	shift = logistic.shift(prior, won, weights, 2.0)
	assert weights @ (logistic.probability(prior + shift) - won) == pytest.approx(-2.0 * shift)
