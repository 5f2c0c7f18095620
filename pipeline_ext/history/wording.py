"""Why a history cannot be imported, in words: codes to translated text."""

from __future__ import annotations

from frappe import _

from pipeline_ext.domain.exchange import Refusal


def refusal_text(refusal: Refusal) -> str:
	"""The row, its document, what is wrong and what to do, in plain text."""
	texts = {
		"empty": _("The file is empty. Its first row has to name the columns."),
		"columns_missing": _("Columns are missing: {columns}. Separate columns with commas."),
		"columns_twice": _("Columns are there twice: {columns}. Keep one of each."),
		"broken_csv": _("A quotation mark is not closed, or stands where none may ({reason})."),
		"not_utf8": _("The file is not in UTF-8. Save it as CSV UTF-8."),
		"cells": _(
			"There are {found} cells for {expected} columns. Put a text with commas in quotation marks."
		),
		"blank": _("{column} is blank. Fill it in."),
		"too_long": _("{column} is longer than {longest} characters. Shorten it."),
		"not_an_instant": _("posted_on is not a date: {text}. Write 2026-01-31 or 2026-01-31 14:30:00."),
		"time_zone": _("posted_on has a time zone: {text}. Write it in the site's own time, without one."),
		"future": _("posted_on lies in the future: {text}. A history ends today."),
		"not_a_day": _("expected_close is not a date: {text}. Write 2026-01-31 or leave it blank."),
		"unknown_outcome": _("outcome is {text}. Write open, won or lost."),
		"not_a_number": _("{column} is not a number: {text}. Write 1234.56 or leave it blank."),
		"number_range": _("{column} is {text}. Write a number of 0 or more with at most 12 digits."),
		"probability_range": _("probability is {text}. Write a percentage from 0 to 100."),
		"backwards": _("posted_on is before {before}, in a row above. Put the oldest first."),
		"spelled_twice": _("A document above is called {other}. The two names are one: write them alike."),
		"own_history": _("The document has a history of its own here. Take its rows out of the file."),
		"not_here": _("{column} {value} is not on this site. Name one that is, or leave it blank."),
	}
	place = [_("Row {0}").format(refusal.line)] if refusal.line else []
	if refusal.document:
		place.append(refusal.document)
	text = texts[refusal.code].format(**refusal.about)
	return f"{', '.join(place)}: {text}" if place else text
