"""Ridge logistic regression by Newton's method."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.design import Design

STEPS = 30
CLOSE_ENOUGH = 1e-6
FREE = 1e-6
HAIR = 1e-9


def fit(design: Design, won: Numbers, weights: Numbers, penalty: float, prior: Numbers) -> Numbers:
	"""Coefficients that minimise the weighted log-loss plus `penalty`/2 times their squares.

	The first column of the design is all ones, and its coefficient is not penalised; `won` is 0 or 1,
	`weights` are counts of cases, `prior` is each case's log-odds before it is looked at. Hoerl and Kennard
	1970; le Cessie and van Houwelingen 1992.
	"""
	penalties = np.full(design.ends[-1], penalty)
	penalties[0] = FREE
	coefficients = np.zeros(len(penalties))
	coefficients[0] = log_odds(rate(won, weights)) - log_odds(rate(probability(prior), weights))
	for _step in range(STEPS):
		predicted = probability(prior + design.times(coefficients))
		slope = design.totals(weights * (predicted - won)) + penalties * coefficients
		curvature = design.squares(weights * predicted * (1 - predicted)) + np.diag(penalties)
		change = np.linalg.solve(curvature, slope)
		coefficients -= change
		if np.abs(change).max() < CLOSE_ENOUGH:
			break
	return coefficients


def shift(prior: Numbers, won: Numbers, weights: Numbers, penalty: float) -> float:
	"""What to add to the log-odds `prior` of all cases alike, by the same penalised likelihood."""
	added = 0.0
	for _step in range(STEPS):
		predicted = probability(prior + added)
		slope = float(weights @ (predicted - won)) + penalty * added
		added -= slope / (float(weights @ (predicted * (1 - predicted))) + penalty)
	return added


def probability(odds: Numbers) -> Numbers:
	"""Log-odds to probabilities."""
	return 1 / (1 + np.exp(-np.clip(odds, -35, 35)))


Rate = TypeVar("Rate", float, Numbers)


def log_odds(rate: Rate) -> Rate:
	"""A probability strictly between 0 and 1 to log-odds."""
	return np.log(rate / (1 - rate))


def share(won: Numbers, weights: Numbers) -> float:
	"""The share won, as it is but for a hair's breadth off 0 and 1."""
	return float(np.clip(weights @ won / weights.sum(), HAIR, 1 - HAIR))


def rate(won: Numbers, weights: Numbers) -> float:
	"""The share won, kept off 0 and 1 by half a case each way (Krichevsky and Trofimov 1981)."""
	return float((weights @ won + 0.5) / (weights.sum() + 1))
