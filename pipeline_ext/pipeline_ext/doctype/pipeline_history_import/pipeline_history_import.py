"""A history from another system: its file is checked first, then taken into the ledger."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime, strip_html_tags, time_diff_in_seconds

from pipeline_ext.history.importing import Result, Target, import_file
from pipeline_ext.history.wording import refusal_text

ASKED = ("file", "document_type", "pipeline", "company")
FIGURES = ("rows", "documents", "entries", "unchanged", "refused")
TEXTS = ("refusals", "unknown_stages", "unknown_owners")
NO_RESULT = {"status": "Draft", **dict.fromkeys(FIGURES, 0), **dict.fromkeys(TEXTS)}
LARGE = 2_000_000
"""Bytes of a file that is read in a background job."""
TIMEOUT = 3600
"""Seconds that a background job may take."""
TOLD = 500
"""Refused rows that are listed; more would help nobody."""


class PipelineHistoryImport(Document):
	def validate(self) -> None:
		self.keep_result()

	def keep_result(self) -> None:
		"""A result belongs to what was asked for, and only an import writes one."""
		before = self.get_doc_before_save()
		same = before and not any(self.has_value_changed(field) for field in ASKED)
		self.update({field: before.get(field) for field in NO_RESULT} if same else NO_RESULT)

	@frappe.whitelist()
	def check_file(self) -> None:
		"""Say what an import would do, and do nothing."""
		self.check_permission("write")
		self._start(check_only=True)

	@frappe.whitelist()
	def import_file(self) -> None:
		"""Take the history into the ledger."""
		self.check_permission("write")
		self._start(check_only=False)

	def _start(self, check_only: bool) -> None:
		path = self._path()
		self._refuse_while_running()
		if path.stat().st_size <= LARGE:
			self._run(path, check_only)
			return
		self.db_set("status", "Running")
		frappe.enqueue_doc(
			self.doctype,
			self.name,
			"run_in_background",
			queue="long",
			timeout=TIMEOUT,
			enqueue_after_commit=True,
			now=bool(frappe.flags.in_test),
			check_only=check_only,
		)

	def _refuse_while_running(self) -> None:
		"""A job that was cut off does not count for ever."""
		status, started = frappe.db.get_value(
			self.doctype, self.name, ["status", "modified"], for_update=True
		)
		if status == "Running" and time_diff_in_seconds(now_datetime(), started) < TIMEOUT:
			frappe.throw(_("It is running already. Its result appears here."), title=_("Import Running"))

	def run_in_background(self, check_only: bool) -> None:
		"""The same without anybody to tell of an error: it becomes the result."""
		try:
			self._run(self._path(), check_only)
		except Exception as error:
			frappe.db.rollback()
			refused = isinstance(error, frappe.ValidationError)
			reason = strip_html_tags(str(error)) if refused else _("Something failed: see the Error Log.")
			if not refused:
				self.log_error(_("A pipeline history could not be imported"))
			self._finish({**NO_RESULT, "status": "Failed", "refusals": reason})

	def _run(self, path: Path, check_only: bool) -> None:
		target = Target(self.document_type, self.pipeline, self.company)
		result = import_file(path, target, check_only)
		self._finish({"status": "Checked" if check_only else "Imported", **_fields_of(result)})

	def _finish(self, values: Mapping[str, Any]) -> None:
		self.db_set(dict(values))
		self.notify_update()

	def _path(self) -> Path:
		"""The attached file, if the user may read it."""
		file = frappe.get_doc("File", {"file_url": self.file})
		file.check_permission("read")
		path = Path(file.get_full_path())
		if not path.is_file():
			frappe.throw(
				_("{0} is not on this server. Attach it again.").format(frappe.bold(file.file_name)),
				title=_("File Missing"),
			)
		return path


def _fields_of(result: Result) -> dict[str, Any]:
	told = [refusal_text(refusal) for refusal in result.refusals[:TOLD]]
	if len(result.refusals) > TOLD:
		told.append(_("And {0} more.").format(len(result.refusals) - TOLD))
	return {
		**{field: getattr(result, field) for field in FIGURES},
		"refusals": "\n".join(told),
		"unknown_stages": _counted(result.unknown_stages),
		"unknown_owners": _counted(result.unknown_owners),
	}


def _counted(rows: Mapping[str, int]) -> str:
	return "\n".join(f"{name}: {count}" for name, count in sorted(rows.items()))
