"""Revisions of a quote: making one, listing them, and what differs between two."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.quoting import revising
from pipeline_ext.reports.revisions import REVISION, compare, revisions_of


@frappe.whitelist(methods=["POST"])
def make_revision(quotation: str) -> str:
	"""Make a draft that takes a submitted quotation's place once it is submitted; returns its name."""
	frappe.has_permission("Quotation", "write", quotation, throw=True)
	return revising.make_revision(quotation).name


@frappe.whitelist()
def list_revisions(quotation: str) -> list[dict[str, Any]]:
	"""The revisions of the quote that a quotation belongs to, the latest first.

	`net_total` is in the revision's `currency`.
	"""
	frappe.has_permission("Quotation", "read", quotation, throw=True)
	return revisions_of(quotation)


@frappe.whitelist()
def compare_revisions(revision: str, other: str) -> dict[str, Any]:
	"""What differs from one revision to another of the same quote; each is the name of a Quote Revision.

	Money in the currency of the quotation, `measures` in company currency.
	"""
	older, newer = _readable(revision), _readable(other)
	if older.first_quotation != newer.first_quotation:
		frappe.throw(
			_("{0} and {1} are not revisions of one quote. Choose two that are.").format(
				older.quotation, newer.quotation
			),
			title=_("Two Quotes"),
		)
	return compare(older, newer)


def _readable(revision: str) -> Document:
	doc = frappe.get_doc(REVISION, revision)
	doc.check_permission("read")
	return doc
