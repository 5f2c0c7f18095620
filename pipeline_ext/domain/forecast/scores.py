"""How good forecasts and probabilities were, against what came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_ext.domain.forecast.arrays import Numbers

BINS = 10
SMALLEST = 1e-9
Calibration = list[tuple[float, float, float]]
"""(share of cases, mean probability, share won) of each tenth of the scale that has cases."""


@dataclass(frozen=True)
class ProbabilityScores:
	"""Brier score, log-loss (nats), area under the ROC curve and expected calibration error of `n` cases.

	Lower is better but for `auc`, which is None where all cases ended alike.
	"""

	n: int
	brier: float
	logloss: float
	auc: float | None
	ece: float


@dataclass(frozen=True)
class ForecastScores:
	"""Errors of amounts: `wape` and `bias` as shares of what came, `coverage80` as share of origins.

	None where nothing came, or no range was given.
	"""

	wape: float | None
	bias: float | None
	coverage80: float | None = None


def of_probabilities(predicted: Numbers, won: Numbers) -> ProbabilityScores:
	"""Scores of probabilities in 0..1 against outcomes of 0 or 1; ValueError where there is no case."""
	if not len(won):
		raise ValueError("there is nothing to score")
	return ProbabilityScores(
		n=len(won),
		brier=float(np.mean((predicted - won) ** 2)),
		logloss=log_loss(predicted, won),
		auc=auc(predicted, won),
		ece=calibration_error(predicted, won),
	)


def log_loss(predicted: Numbers, won: Numbers) -> float:
	"""Mean negative log-likelihood in nats."""
	return float(losses_of(predicted, won).mean())


def losses_of(predicted: Numbers, won: Numbers) -> Numbers:
	"""The negative log-likelihood of each case; a certainty that fails counts as one of 1 - 1e-9."""
	safe = np.clip(predicted, SMALLEST, 1 - SMALLEST)
	return -(won * np.log(safe) + (1 - won) * np.log(1 - safe))


def auc(predicted: Numbers, won: Numbers) -> float | None:
	"""The chance that a won case was given more than a lost one, ties count half (Mann and Whitney 1947)."""
	wins = won.sum()
	losses = len(won) - wins
	if not wins or not losses:
		return None
	_values, position, counts = np.unique(predicted, return_inverse=True, return_counts=True)
	ranks = (np.cumsum(counts) - (counts - 1) / 2)[position]
	return float((ranks[won == 1].sum() - wins * (wins + 1) / 2) / (wins * losses))


def calibration_error(predicted: Numbers, won: Numbers) -> float:
	"""Mean gap between what was said and what came, over ten bins of equal width (Naeini et al. 2015)."""
	return sum(share * abs(said - came) for share, said, came in calibration(predicted, won))


def calibration(predicted: Numbers, won: Numbers) -> Calibration:
	"""What was said against what came, by tenths of the scale."""
	bins = np.minimum((predicted * BINS).astype(int), BINS - 1)
	table = []
	for each in range(BINS):
		inside = bins == each
		if inside.any():
			table.append((float(inside.mean()), float(predicted[inside].mean()), float(won[inside].mean())))
	return table


def of_forecasts(
	forecast: Numbers, actual: Numbers, low: Numbers | None = None, high: Numbers | None = None
) -> ForecastScores:
	"""Weighted absolute percentage error Σ|f − a| / Σ|a|, bias Σ(f − a) / Σ|a|, share of ranges that held."""
	came = np.abs(actual).sum()
	held = None
	if low is not None and high is not None and len(actual):
		held = float(np.mean((low <= actual) & (actual <= high)))
	if not came:
		return ForecastScores(None, None, held)
	error = forecast - actual
	return ForecastScores(float(np.abs(error).sum() / came), float(error.sum() / came), held)
