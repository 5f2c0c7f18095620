"""Takes the demo off the site again: everything of its company and of its people, and nothing else.

What belongs to the company is deleted in sets, since nothing outside can rely on it. What its people made
that any company could use (a customer, a unit, a lead source) is deleted one by one, and stays where the
site's own documents link to it by now.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.delete_doc import check_if_doc_is_dynamically_linked, check_if_doc_is_linked
from frappe.utils import create_batch
from frappe.utils.global_search import sync_global_search

from pipeline_ext.demo.cast import ABBREVIATION, COMPANY, EMAIL_DOMAIN
from pipeline_ext.demo.load import DemoRefused, is_loaded
from pipeline_ext.demo.masters import BUYING, SELLING, SETTINGS_KEY
from pipeline_ext.demo.quiet import quietly

ATTACHED = (
	("Comment", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("Communication Link", "link_doctype", "link_name"),
	("Deal Win Probability", "document_type", "document_name"),
	("DocShare", "share_doctype", "share_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("Dynamic Link", "link_doctype", "link_name"),
	("Email Queue", "reference_doctype", "reference_name"),
	("Energy Point Log", "reference_doctype", "reference_name"),
	("File", "attached_to_doctype", "attached_to_name"),
	("Notification Log", "document_type", "document_name"),
	("Pipeline Ledger Entry", "document_type", "document_name"),
	("Pipeline Ledger Tip", "document_type", "document_name"),
	("Pipeline Stage Visit", "document_type", "document_name"),
	("Tag Link", "document_type", "document_name"),
	("ToDo", "reference_type", "reference_name"),
	("Version", "ref_doctype", "docname"),
	("View Log", "reference_doctype", "reference_name"),
	("__global_search", "doctype", "name"),
)
"""Tables whose rows hang on some document: the columns that say of which DocType, and which."""

PERSONAL = (
	("DefaultValue", "parent"),
	("Notification Log", "for_user"),
	("Notification Settings", "name"),
	("Route History", "user"),
	("Sessions", "user"),
	("User Permission", "user"),
	("__Auth", "name"),
	("__UserSettings", "user"),
)
"""Tables whose rows belong to a user, and the column that says to whom."""

KEPT_AS_RECORD = ("Access Log", "Activity Log", "Deleted Document", "Error Log", "Scheduled Job Log")
"""Logs stay: they tell what happened on the site."""

OWN_METHODS = ("Quote Approval Policy", "Sales Pipeline")
"""Of the company too, but they know themselves what else goes with them."""

BATCH = 1000


@dataclass
class Cleared:
	"""How many rows went, by DocType, and what stayed because the site's own documents use it."""

	removed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
	kept: list[str] = field(default_factory=list)


def clear() -> Cleared:
	"""Remove the demo and commit."""
	if not is_loaded():
		frappe.throw(
			_("There is no demo on this site: nothing was removed."), DemoRefused, title=_("No Demo")
		)
	cleared = Cleared()
	with quietly():
		frappe.set_user("Administrator")
		sync_global_search()
		people = frappe.get_all("User", {"name": ("like", f"%@{EMAIL_DOMAIN}")}, pluck="name")
		_restore_settings()
		_delete_of_company(cleared)
		_delete_by_own_methods(cleared)
		_delete_set("Company", [COMPANY], cleared)
		_delete_made_by(people, cleared)
		_delete_users(people, cleared)
		_delete_series()
		frappe.db.commit()
	frappe.clear_cache()
	return cleared


def _restore_settings() -> None:
	"""Put back what the site said before, unless somebody has changed it since."""
	lived_in = frappe.db.exists("Company", {"name": ("!=", COMPANY)})
	for text in frappe.get_all("DefaultValue", {"parent": SETTINGS_KEY}, pluck="defvalue"):
		note = json.loads(text)
		of_demo = not note["of_new_site"] or note["after"] in (COMPANY, SELLING, BUYING)
		if of_demo or not lived_in:
			_put_back(note["what"], note["before"], note["after"])
	frappe.db.delete("DefaultValue", {"parent": SETTINGS_KEY})


def _put_back(what: list[str], before: object, after: object) -> None:
	if what[0] == "DefaultValue":
		if frappe.defaults.get_defaults_for().get(what[1]) == after:
			frappe.db.set_default(what[1], before)
	elif str(frappe.db.get_value(*what)) == str(after):
		frappe.db.set_value(*what, before, update_modified=False)


def _delete_of_company(cleared: Cleared) -> None:
	"""Documents and rows that name the company; bins of its warehouses, and revisions of its quotes."""
	warehouses = frappe.get_all("Warehouse", {"company": COMPANY}, pluck="name")
	_delete_rows("Bin", {"warehouse": ("in", warehouses or [""])}, cleared)
	quotations = frappe.get_all("Quotation", {"company": COMPANY}, pluck="name")
	_delete_rows("Quote Revision", {"quotation": ("in", quotations or [""])}, cleared)
	for doctype in _doctypes_with_company():
		if frappe.get_meta(doctype).istable:
			_delete_rows(doctype, {"company": COMPANY}, cleared)
		else:
			_delete_set(doctype, frappe.get_all(doctype, {"company": COMPANY}, pluck="name"), cleared)
	_delete_rows("User Permission", {"allow": "Company", "for_value": COMPANY}, cleared)


def _doctypes_with_company() -> list[str]:
	link = {"fieldname": "company", "fieldtype": "Link", "options": "Company"}
	found = set(frappe.get_all("DocField", link, pluck="parent"))
	found |= set(frappe.get_all("Custom Field", link, pluck="dt"))
	return sorted(doctype for doctype in found - set(OWN_METHODS) if _has_rows_of_its_own(doctype))


def _has_rows_of_its_own(doctype: str) -> bool:
	meta = frappe.get_meta(doctype)
	return not meta.issingle and not meta.get("is_virtual") and frappe.db.table_exists(doctype)


def _delete_set(doctype: str, names: list[str], cleared: Cleared) -> None:
	"""Documents of one DocType with their child rows and whatever hangs on them."""
	tables = {table.options for table in frappe.get_meta(doctype).get_table_fields()}
	for batch in create_batch(names, BATCH):
		for table in tables:
			frappe.db.delete(table, {"parenttype": doctype, "parent": ("in", batch)})
		frappe.db.delete(doctype, {"name": ("in", batch)})
		_delete_attached(doctype, batch, cleared)
	cleared.removed[doctype] += len(names)


def _delete_rows(doctype: str, filters: dict, cleared: Cleared) -> None:
	cleared.removed[doctype] += frappe.db.count(doctype, filters)
	frappe.db.delete(doctype, filters)


def _delete_attached(doctype: str, names: list[str], cleared: Cleared) -> None:
	for table, doctype_column, name_column in filter(_exists, ATTACHED):
		filters = {doctype_column: doctype, name_column: ("in", names)}
		if table == "File":
			for file in frappe.get_all("File", filters, pluck="name"):
				frappe.delete_doc("File", file, ignore_permissions=True, delete_permanently=True)
		elif table.startswith("__") or frappe.get_meta(table).istable:
			frappe.db.delete(table, filters)
		else:
			_delete_set(table, frappe.get_all(table, filters, pluck="name"), cleared)


def _exists(table_and_columns: tuple[str, ...]) -> bool:
	"""Not every version of Frappe has every table; those with underscores are no DocTypes."""
	table = table_and_columns[0]
	return table.startswith("__") or frappe.db.table_exists(table)


def _delete_by_own_methods(cleared: Cleared) -> None:
	frappe.db.set_value("Sales Pipeline", {"company": COMPANY}, "published_version", None)
	for doctype in OWN_METHODS:
		for name in frappe.get_all(doctype, {"company": COMPANY}, pluck="name"):
			_delete_document(doctype, name, cleared)


def _delete_made_by(people: list[str], cleared: Cleared) -> None:
	"""Delete in as many rounds as it takes until nothing more can go: links decide the order."""
	made = waiting = list(_documents_of(people))
	while waiting:
		left = [document for document in waiting if not _try_to_delete(*document, cleared)]
		if len(left) == len(waiting):
			break
		waiting = left
	_give_to_site(waiting, cleared)
	gone: dict[str, list[str]] = defaultdict(list)
	for doctype, name in set(made) - set(waiting):
		gone[doctype].append(name)
	for doctype, names in gone.items():
		_delete_attached(doctype, names, cleared)


def _documents_of(people: list[str]) -> Iterator[tuple[str, str]]:
	doctypes = frappe.get_all(
		"DocType",
		{"istable": 0, "issingle": 0, "is_virtual": 0, "name": ("not in", (*KEPT_AS_RECORD, "User"))},
		pluck="name",
	)
	for doctype in sorted(doctypes, key=_in_order_of_dependence):
		if frappe.db.table_exists(doctype):
			for name in frappe.get_all(doctype, {"owner": ("in", people)}, pluck="name"):
				yield doctype, name


def _in_order_of_dependence(doctype: str) -> tuple[int, str]:
	"""What others link to comes later, so that most documents go in the first round."""
	late = ("Customer", "Contact", "Item Price", "Item", "Price List")
	last = ("Customer Group", "Item Group", "Territory", "Department", "UOM")
	position = late.index(doctype) + 1 if doctype in late else 0
	return (len(late) + 1 if doctype in last else position, doctype)


def _try_to_delete(doctype: str, name: str, cleared: Cleared) -> bool:
	frappe.db.savepoint("pipeline_demo")
	try:
		_delete_document(doctype, name, cleared)
	except frappe.ValidationError:
		frappe.db.rollback(save_point="pipeline_demo")
		frappe.clear_messages()
		return False
	return True


def _delete_document(doctype: str, name: str, cleared: Cleared) -> None:
	"""By its own methods, unless it went with another one."""
	if not frappe.db.exists(doctype, name):
		return
	if frappe.get_meta(doctype).is_nested_set() and frappe.db.count(doctype) == 1:
		_delete_last_of_tree(doctype, name, cleared)
	else:
		frappe.delete_doc(doctype, name, ignore_permissions=True, delete_permanently=True)
		cleared.removed[doctype] += 1


def _delete_last_of_tree(doctype: str, name: str, cleared: Cleared) -> None:
	"""ERPNext never deletes the root of a tree, but a new site has none."""
	doc = frappe.get_doc(doctype, name)
	check_if_doc_is_linked(doc)
	check_if_doc_is_dynamically_linked(doc)
	_delete_set(doctype, [name], cleared)


def _give_to_site(documents: Iterable[tuple[str, str]], cleared: Cleared) -> None:
	for doctype, name in documents:
		frappe.db.set_value(doctype, name, "owner", "Administrator", update_modified=False)
		cleared.kept.append(f"{_(doctype)} {name}")


def _delete_users(people: list[str], cleared: Cleared) -> None:
	for table, column in filter(_exists, PERSONAL):
		frappe.db.delete(table, {column: ("in", people or [""])})
	for user in people:
		if not _try_to_delete("User", user, cleared):
			frappe.db.set_value("User", user, "enabled", 0)
			cleared.kept.append(f"{_('User')} {user}")
	_delete_attached("User", people, cleared)


def _delete_series() -> None:
	table = frappe.qb.DocType("Series")
	frappe.qb.from_(table).delete().where(table.name.like(f"{ABBREVIATION}-%-20__-")).run()
