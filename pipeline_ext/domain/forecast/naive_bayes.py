"""Naive Bayes on levels of facts, the way CRMs score leads with it: what a better model is compared with."""

from __future__ import annotations

import numpy as np

from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.encoding import Table, columns_of

SMOOTHING = 0.1


def predict(table: Table, won: Numbers, asked: Table) -> Numbers:
	"""Probabilities for `asked` from decided cases: P(won) Π P(fact | won), each fact as if independent.

	Maron 1961; Odoo's predictive lead scoring counts the same way.
	"""
	wins = won.sum()
	losses = len(won) - wins
	odds = np.full(len(next(iter(asked.values()))), np.log((wins + SMOOTHING) / (losses + SMOOTHING)))
	for column in columns_of(table):
		codes, size = column.codes(table[column.name]), len(column.labels)
		in_won = np.bincount(codes, weights=won, minlength=size) + SMOOTHING
		in_lost = np.bincount(codes, weights=1 - won, minlength=size) + SMOOTHING
		ratio = np.log(in_won / in_won.sum()) - np.log(in_lost / in_lost.sum())
		odds = odds + ratio[column.codes(asked[column.name])]
	return 1 / (1 + np.exp(-np.clip(odds, -35, 35)))
