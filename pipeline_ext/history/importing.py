"""Takes histories in the exchange format into the ledger, checked row by row."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import frappe
from frappe import _
from frappe.utils import now_datetime

from pipeline_ext.domain.chronicle import Provenance, continued
from pipeline_ext.domain.exchange import (
	History,
	Refusal,
	Row,
	Unreadable,
	outstanding,
	read,
	spelling_key,
	steps,
)
from pipeline_ext.domain.ledger import Entry, Origin
from pipeline_ext.history import bulk
from pipeline_ext.history.chains import Chain, chains_of
from pipeline_ext.history.opening import Opening
from pipeline_ext.history.wording import refusal_text
from pipeline_ext.reports import pipelines
from pipeline_ext.subjects import SUBJECTS

PAGE = 1000
GZIP_MARK = b"\x1f\x8b"


@dataclass(frozen=True)
class Target:
	"""Where a history goes: pipeline and company are those of rows that name none."""

	doctype: str
	pipeline: str
	company: str


@dataclass
class Result:
	"""What an import has done, or a check would do."""

	rows: int
	documents: int = 0
	entries: int = 0
	unchanged: int = 0
	refusals: list[Refusal] = field(default_factory=list)
	unknown_stages: Counter[str] = field(default_factory=Counter)
	unknown_owners: Counter[str] = field(default_factory=Counter)

	@property
	def refused(self) -> int:
		"""How many documents, or rows without one, were refused."""
		return len({refusal.document or refusal.line for refusal in self.refusals})


def import_file(path: Path, target: Target, check_only: bool = False) -> Result:
	"""Write the histories in a file, packed or not, all or, where something unforeseen happens, none."""
	_refuse_impossible(target)
	return _Import(_history(path), target).run(check_only)


def _refuse_impossible(target: Target) -> None:
	if target.doctype not in SUBJECTS:
		frappe.throw(
			_("{0} has no pipeline ledger. Choose one of: {1}.").format(target.doctype, ", ".join(SUBJECTS)),
			title=_("No Ledger"),
		)
	head = pipelines.published().get(target.pipeline)
	if head is None or head.document_type != target.doctype:
		frappe.throw(
			_("{0} is not a published pipeline for {1}.").format(target.pipeline, _(target.doctype)),
			title=_("Unknown Pipeline"),
		)
	if not frappe.db.exists("Company", target.company):
		frappe.throw(_("There is no company {0}.").format(target.company), title=_("Unknown Company"))


def _history(path: Path) -> History:
	try:
		with _opened(path) as lines:
			return read(lines, until=now_datetime())
	except Unreadable as unreadable:
		frappe.throw(refusal_text(unreadable.refusal), title=_("File Not Readable"))
	except (OSError, EOFError, zlib.error) as error:
		reason = getattr(error, "strerror", None) or _("it is damaged")
		frappe.throw(_("{0} cannot be read: {1}.").format(path.name, reason), title=_("File Not Readable"))


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
	with open(path, "rb") as file:
		packed = file.read(len(GZIP_MARK)) == GZIP_MARK
	with (gzip.open if packed else open)(path, "rt", encoding="utf-8-sig", newline="") as lines:
		yield lines


class _Import:
	"""One import, a page of documents at a time."""

	def __init__(self, history: History, target: Target) -> None:
		self.history = history
		self.target = target
		heads = pipelines.published()
		self.pipelines = {name for name, head in heads.items() if head.document_type == target.doctype}
		self.pipeline = pipelines.definition(heads[target.pipeline].version)
		self.companies = set(frappe.get_all("Company", pluck="name"))
		self.users = set(frappe.get_all("User", pluck="name"))
		self.opening = Opening(SUBJECTS[target.doctype])
		self.result = Result(rows=history.rows, refusals=list(history.refusals))

	def run(self, check_only: bool) -> Result:
		names = iter(self.history.documents)
		while page := list(islice(names, PAGE)):
			entries = self._entries(page, lock=not check_only)
			if entries and not check_only:
				bulk.insert(self.target.doctype, entries)
				self.opening.open(list(entries))
		self.result.refusals.sort(key=lambda refusal: refusal.line)
		return self.result

	def _entries(self, names: Sequence[str], lock: bool) -> dict[str, list[Entry]]:
		"""What is to be written of these documents, by name."""
		chains = chains_of(self.target.doctype, list(names), lock)
		existing = {spelling_key(chain.name): chain for chain in chains}
		entries = {}
		for name in names:
			rows = self.history.documents[name]
			answer = self._judge(rows, existing.get(spelling_key(name)))
			if isinstance(answer, Refusal):
				self.result.refusals.append(answer)
			else:
				self._count(rows, answer)
				entries[name] = answer
		return {name: written for name, written in entries.items() if written}

	def _judge(self, rows: Sequence[Row], chain: Chain | None) -> list[Entry] | Refusal:
		"""The entries that a document's rows come to, or why they are not taken."""
		if refusal := self._of_elsewhere(rows):
			return refusal
		before = chain.entries if chain else ()
		told = list(steps(rows, self.history.columns, self.pipeline, self.target.company))
		left = outstanding(before, told, self.history.columns)
		if left is None or (chain and chain.name != rows[0].document):
			return Refusal(rows[0].line, rows[0].document, "own_history")
		return continued(before, left, Provenance(Origin.IMPORTED, self.pipeline))

	def _of_elsewhere(self, rows: Sequence[Row]) -> Refusal | None:
		"""Entries belong to a pipeline and a company of this site."""
		for row in rows:
			for column, known in (("pipeline", self.pipelines), ("company", self.companies)):
				value = getattr(row, column)
				if value and value not in known:
					return Refusal(row.line, row.document, "not_here", {"column": column, "value": value})
		return None

	def _count(self, rows: Sequence[Row], entries: Sequence[Entry]) -> None:
		result = self.result
		result.entries += len(entries)
		result.documents += bool(entries)
		result.unchanged += not entries
		stages = (row.stage for row in rows if row.stage)
		owners = (row.owner for row in rows if row.owner)
		result.unknown_stages.update(stage for stage in stages if stage not in self.pipeline)
		result.unknown_owners.update(owner for owner in owners if owner not in self.users)
