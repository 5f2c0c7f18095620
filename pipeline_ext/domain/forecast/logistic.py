"""Ridge logistic regression by Newton's method."""

from __future__ import annotations

import numpy as np

from pipeline_ext.domain.forecast.arrays import Numbers

STEPS = 30
CLOSE_ENOUGH = 1e-6
FREE = 1e-6
BLOCK = 10_000
HAIR = 1e-9


def fit(design: Numbers, won: Numbers, weights: Numbers, penalty: float) -> Numbers:
	"""Coefficients that minimise the weighted log-loss plus `penalty`/2 times their squares.

	`design` is cases × columns, its first column all ones, whose coefficient is not penalised; `won` is 0
	or 1, `weights` are counts of cases. Hoerl and Kennard 1970; le Cessie and van Houwelingen 1992.
	"""
	penalties = np.full(design.shape[1], penalty)
	penalties[0] = FREE
	coefficients = np.zeros(design.shape[1])
	coefficients[0] = log_odds(rate(won, weights))
	for _step in range(STEPS):
		predicted = probability(design @ coefficients)
		slope = design.T @ (weights * (predicted - won)) + penalties * coefficients
		curvature = _squares(design, weights * predicted * (1 - predicted)) + np.diag(penalties)
		change = np.linalg.solve(curvature, slope)
		coefficients -= change
		if np.abs(change).max() < CLOSE_ENOUGH:
			break
	return coefficients


def _squares(design: Numbers, weights: Numbers) -> Numbers:
	"""Σ weight × row × rowᵀ, block by block: a weighted copy of all rows would double the memory."""
	total = np.zeros((design.shape[1], design.shape[1]))
	for start in range(0, len(design), BLOCK):
		rows = design[start : start + BLOCK]
		total += (rows * weights[start : start + BLOCK, None]).T @ rows
	return total


def probability(odds: Numbers) -> Numbers:
	"""Log-odds to probabilities."""
	return 1 / (1 + np.exp(-np.clip(odds, -35, 35)))


def log_odds(rate: float) -> float:
	"""A probability strictly between 0 and 1 to log-odds."""
	return float(np.log(rate / (1 - rate)))


def share(won: Numbers, weights: Numbers) -> float:
	"""The share won, as it is but for a hair's breadth off 0 and 1."""
	return float(np.clip(weights @ won / weights.sum(), HAIR, 1 - HAIR))


def rate(won: Numbers, weights: Numbers) -> float:
	"""The share won, kept off 0 and 1 by half a case each way (Krichevsky and Trofimov 1981)."""
	return float((weights @ won + 0.5) / (weights.sum() + 1))
