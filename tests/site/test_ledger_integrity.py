"""The ledger forgets nothing: what was tampered with is named, renames and restores go on with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import frappe
import pytest
from erpnext.setup.doctype.transaction_deletion_record.transaction_deletion_record import (
	get_doctypes_to_be_ignored,
)
from frappe.core.doctype.data_import.importer import Importer
from frappe.core.doctype.deleted_document.deleted_document import restore
from frappe.desk.reportview import delete_bulk
from frappe.model.document import Document
from frappe.utils import get_datetime

from pipeline_ext.domain.ledger import digest
from pipeline_ext.history import chains, tips, visits
from pipeline_ext.history.derived import derive_all
from pipeline_ext.history.sealing import tampered
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, STAGE_VISIT
from tests.site import factories, pipelines
from tests.site.pipelines import deal, ledger, move

REP = "rep@ledger-test.example"
BOSS = "boss@ledger-test.example"


@pytest.fixture(autouse=True)
def pipeline() -> Document:
	return pipelines.enforced()


def flaws() -> list[tuple[str, int, str]]:
	return [(name, flaw.sequence, flaw.kind) for _doctype, name, flaw in tampered()]


def three_entries(**fields) -> Document:
	"""A deal that was made, moved and given another amount."""
	made = deal(**fields)
	move(made, "Qualification")
	return save(made, opportunity_amount=2000)


def save(made: Document, **fields) -> Document:
	fresh = frappe.get_doc(made.doctype, made.name)
	fresh.update(fields)
	return fresh.save()


def tamper(made: Document, sequence: int, **fields) -> None:
	frappe.db.set_value(LEDGER, ledger(made)[sequence - 1].name, fields)


def drop(made: Document, *sequences: int) -> None:
	frappe.db.delete(LEDGER, {"document_name": made.name, "sequence": ("in", sequences)})


# Verifying


def test_the_ledger_of_untouched_deals_holds():
	first, second = three_entries(), three_entries()
	assert [len(ledger(first)), len(ledger(second))] == [3, 3]
	assert flaws() == []


@pytest.mark.parametrize(
	"fields",
	[
		{"amount": 1},
		{"stage": "Negotiation/Review"},
		{"expected_close": "2040-01-01"},
		{"posted_on": datetime(2020, 1, 1)},
		{"posted_by": "somebody@else.example"},
		{"origin": "Imported"},
		{"origin": "Nowhere"},
		{"path": "Elsewhere"},
		{"visit": 7},
		{"would_refuse": 1},
		{"days_in_stage": 99},
		{"from_stage": None},
		{"gate_override": "an-override"},
		{"verdicts": "[]"},
	],
	ids=str,
)
def test_a_change_in_the_database_is_named(fields):
	made = three_entries()
	tamper(made, 2, **fields)
	assert flaws() == [(made.name, 2, "changed")]


def test_a_row_that_is_gone_is_named():
	made = three_entries()
	drop(made, 2)
	assert flaws() == [(made.name, 2, "missing")]


def test_a_row_that_was_slipped_in_is_named():
	made = three_entries()
	forged = frappe.get_doc(LEDGER, ledger(made)[2].name)
	forged.update({"name": "forged", "sequence": 4, "amount": 9})
	forged.db_insert()
	assert flaws() == [(made.name, 4, "inserted"), (made.name, 4, "changed"), (made.name, 4, "behind")]


@pytest.mark.parametrize("sequences", [(3,), (2, 3)])
def test_a_tail_that_was_cut_off_is_missing_and_leaves_the_chain_behind_its_document(sequences):
	made = three_entries()
	drop(made, *sequences)
	lost = [(made.name, sequence, "missing") for sequence in sequences]
	assert flaws() == [*lost, (made.name, 3 - len(sequences), "behind")]


def test_a_tail_is_missing_even_where_the_document_stands_as_before_it():
	made = deal()
	save(made, opportunity_amount=2000)
	save(made, opportunity_amount=1000)
	drop(made, 2, 3)
	assert flaws() == [(made.name, 2, "missing"), (made.name, 3, "missing")]


def test_a_chain_that_was_written_anew_as_a_whole_is_changed_at_its_end():
	made = three_entries()
	(chain,) = chains.chains_of("Opportunity", [made.name])
	forged = None
	for row, entry in zip(chain.rows, chain.entries, strict=True):
		content = {**entry.content, "posted_by": "somebody@else.example"}
		forged, previous = digest(forged or "", content), forged or ""
		seal = {"previous_hash": previous, "hash": forged, "posted_by": "somebody@else.example"}
		frappe.db.set_value(LEDGER, row, seal)
	assert flaws() == [(made.name, 3, "changed")]


def test_a_chain_whose_end_is_not_noted_is_named():
	made = three_entries()
	frappe.db.delete(LEDGER_TIP, {"document_name": made.name})
	assert flaws() == [(made.name, 3, "unnoted")]


def test_the_chain_of_a_deleted_document_is_missed_as_a_whole():
	made = three_entries()
	frappe.delete_doc("Opportunity", made.name)
	drop(made, 1, 2, 3)
	assert flaws() == [(made.name, 1, "missing")]


def test_the_ends_of_all_chains_can_be_noted_anew():
	made, other = three_entries(), deal()
	noted = kept(LEDGER_TIP, tips.END)
	derive_all()
	assert kept(LEDGER_TIP, tips.END) == noted
	assert {made.name, other.name} <= {end.document_name for end in noted}


def test_past_visits_can_be_found_anew():
	made = deal()
	for stage in ("Qualification", "Prospecting", "Qualification", "Needs Analysis"):
		move(made, stage)
	noted = kept(STAGE_VISIT, visits.COLUMNS)
	derive_all()
	assert kept(STAGE_VISIT, visits.COLUMNS) == noted
	assert [visit.stage for visit in noted if visit.document_name == made.name] == [
		"Prospecting",
		"Qualification",
		"Prospecting",
		"Qualification",
	]


@pytest.mark.parametrize(
	("doctype", "forged"),
	[
		(LEDGER_TIP, {"outcome_since": "2020-01-01"}),
		(LEDGER_TIP, {"amount": 999_999}),
		(STAGE_VISIT, {"began_on": "2020-01-01"}),
		(STAGE_VISIT, {"stage": "Prospecting of Old"}),
		(STAGE_VISIT, {"document_name": "Nobody's"}),
	],
)
def test_what_reports_read_follows_from_the_ledger(doctype, forged):
	made, _untouched = (move(deal(), "Qualification") for _deal in range(2))
	frappe.db.set_value(doctype, {"document_name": made.name}, forged)
	assert flaws() == [(made.name, 2, "misreported")]
	derive_all()
	assert flaws() == []


def kept(doctype: str, columns: Sequence[str]) -> list[frappe._dict]:
	"""What is kept of all chains."""
	key = ["document_type", "document_name", "sequence"]
	return frappe.get_all(doctype, {}, [*key, *columns], order_by=", ".join(key))


def test_a_chain_that_was_cut_off_as_a_whole_is_missing():
	made = three_entries()
	drop(made, 1, 2, 3)
	assert flaws() == [(made.name, 1, "missing")]


@pytest.mark.parametrize(
	"fields",
	[
		{"sales_stage": "Negotiation/Review"},
		{"base_opportunity_amount": 1},
		{"status": "Lost"},
		{"opportunity_owner": "Guest"},
		{"expected_closing": "2040-01-01"},
		{"pe_pipeline_version": None},
	],
	ids=str,
)
def test_a_document_that_was_written_without_events_is_ahead_of_its_ledger(fields):
	made = three_entries()
	frappe.db.set_value("Opportunity", made.name, fields)
	assert flaws() == [(made.name, 3, "behind")]


def test_a_deleted_document_is_not_compared_and_its_chain_still_is():
	made = three_entries()
	frappe.delete_doc("Opportunity", made.name)
	assert flaws() == []
	tamper(made, 1, amount=1)
	assert flaws() == [(made.name, 1, "changed")]


def test_flaws_are_named_over_several_pages(monkeypatch):
	monkeypatch.setattr(chains, "PAGE", 2)
	deals = [three_entries() for _count in range(5)]
	tamper(deals[0], 1, amount=1)
	drop(deals[2], 3)
	tamper(deals[4], 3, amount=1)
	assert sorted(flaws()) == sorted(
		[
			(deals[0].name, 1, "changed"),
			(deals[2].name, 3, "missing"),
			(deals[2].name, 2, "behind"),
			(deals[4].name, 3, "changed"),
			(deals[4].name, 3, "behind"),
		]
	)


def test_verifying_asks_no_query_per_document(monkeypatch):
	queries: list[str] = []
	run = frappe.db.sql

	def count(query, *args, **kwargs):
		queries.append(query)
		return run(query, *args, **kwargs)

	three_entries()
	monkeypatch.setattr(frappe.db, "sql", count)
	assert flaws() == []
	for_one = len(queries)
	for _count in range(4):
		three_entries()
	queries.clear()
	assert flaws() == []
	assert len(queries) == for_one


# Renaming


def rename(doctype: str, old: str, new: str, merge: bool = False) -> None:
	frappe.rename_doc(doctype, old, new, merge=merge, rebuild_search=False, show_alert=False)


def owned(*owners: str) -> Document:
	"""A deal that went through the hands of these owners."""
	made = deal(opportunity_owner=owners[0])
	for owner in owners[1:]:
		save(made, opportunity_owner=owner)
	return made


@pytest.fixture
def people() -> None:
	factories.user(REP, "Sales User")
	factories.user(BOSS, "Sales User")


@pytest.mark.usefixtures("people")
def test_a_renamed_user_keeps_the_chains_verifiable(monkeypatch):
	monkeypatch.setattr(chains, "PAGE", 2)
	deals = [owned(REP, BOSS, REP), owned(BOSS), owned(BOSS, REP), owned(REP)]
	rename("User", REP, "new@ledger-test.example")
	assert flaws() == []
	assert [entry.deal_owner for entry in ledger(deals[0])] == [
		"new@ledger-test.example",
		BOSS,
		"new@ledger-test.example",
	]


@pytest.mark.usefixtures("people")
def test_users_that_are_merged_keep_the_chains_verifiable():
	made = owned(REP, BOSS, REP)
	owned(BOSS)
	rename("User", REP, BOSS, merge=True)
	assert [entry.deal_owner for entry in ledger(made)] == [BOSS] * 3
	assert flaws() == []


@pytest.mark.usefixtures("people")
def test_a_chain_goes_on_after_a_rename():
	made = owned(REP)
	rename("User", REP, "new@ledger-test.example")
	move(made, "Qualification")
	assert ledger(made)[1].previous_hash == ledger(made)[0].hash
	assert flaws() == []


@pytest.mark.usefixtures("people")
def test_a_rename_heals_no_chain_that_was_broken_before():
	broken, whole = owned(REP, BOSS, REP), owned(REP)
	tamper(broken, 2, amount=1)
	rename("User", REP, "new@ledger-test.example")
	assert {name for name, _sequence, _kind in flaws()} == {broken.name}
	assert (broken.name, 2, "changed") in flaws()
	assert ledger(whole)[0].deal_owner == "new@ledger-test.example"


@pytest.mark.usefixtures("people")
def test_the_chain_of_a_deleted_deal_survives_a_rename():
	made = owned(REP)
	frappe.delete_doc("Opportunity", made.name)
	rename("User", REP, "new@ledger-test.example")
	assert ledger(made)[0].deal_owner == "new@ledger-test.example"
	assert flaws() == []


def test_a_renamed_company_keeps_the_chains_verifiable():
	made = three_entries()
	rename("Company", factories.COMPANY, "Pipeline Test Renamed")
	assert {entry.company for entry in ledger(made)} == {"Pipeline Test Renamed"}
	assert flaws() == []


def test_a_renamed_deal_takes_its_entries_along():
	made = three_entries()
	rename("Opportunity", made.name, "A New Name")
	renamed = frappe.get_doc("Opportunity", "A New Name")
	assert (len(ledger(made)), len(ledger(renamed))) == (0, 3)
	save(renamed, opportunity_amount=5)
	assert [entry.sequence for entry in ledger(renamed)] == [1, 2, 3, 4]
	assert flaws() == []


def test_a_deal_may_take_the_name_of_a_deleted_one():
	gone, made = three_entries(), deal()
	frappe.delete_doc("Opportunity", gone.name)
	rename("Opportunity", made.name, gone.name)
	assert [entry.move for entry in ledger(gone)] == ["Enter"]
	assert entries_kept_of(gone) == 3
	assert flaws() == []


def test_two_deals_with_a_history_cannot_be_merged():
	one, other = three_entries(), deal()
	with pytest.raises(frappe.ValidationError, match="history of its own"):
		rename("Opportunity", one.name, other.name, merge=True)
	assert (len(ledger(one)), len(ledger(other))) == (3, 1)


# Sales stages


def test_a_stage_of_a_published_version_keeps_its_name():
	for new, merge in (("Haggling", False), ("Qualification", True)):
		with pytest.raises(frappe.ValidationError, match=f"{pipelines.NAME} v1.*move the deals over"):
			rename("Sales Stage", "Negotiation/Review", new, merge)
	with pytest.raises(frappe.ValidationError, match=f"{pipelines.NAME} v1.*move the deals over"):
		frappe.delete_doc("Sales Stage", "Negotiation/Review", force=True)
	assert frappe.db.exists("Sales Stage", "Negotiation/Review")


def test_a_stage_that_only_history_knows_keeps_its_name():
	stage = frappe.get_doc({"doctype": "Sales Stage", "stage_name": "Long Ago"}).insert().name
	made = deal()
	for fields in ({"from_stage": stage}, {"stage": stage}):
		tamper(made, 1, **{"from_stage": None, "stage": "Prospecting", **fields})
		with pytest.raises(frappe.ValidationError, match="history of deals"):
			rename("Sales Stage", stage, "Not So Long Ago")
		with pytest.raises(frappe.ValidationError, match="history of deals"):
			frappe.delete_doc("Sales Stage", stage)


def test_a_stage_that_nothing_names_may_be_renamed_merged_and_deleted():
	for name in ("Unused", "Unused Too"):
		frappe.get_doc({"doctype": "Sales Stage", "stage_name": name}).insert()
	rename("Sales Stage", "Unused", "Still Unused")
	rename("Sales Stage", "Still Unused", "Unused Too", merge=True)
	frappe.delete_doc("Sales Stage", "Unused Too")
	assert not frappe.db.exists("Sales Stage", {"name": ("like", "%Unused%")})


# Restoring


def delete(made: Document) -> str:
	"""Delete a deal; returns the name of the Deleted Document."""
	frappe.delete_doc(made.doctype, made.name)
	return frappe.get_value("Deleted Document", {"deleted_doctype": made.doctype, "deleted_name": made.name})


def restored(deleted: str) -> Document:
	restore(deleted)
	return frappe.get_doc("Opportunity", frappe.get_value("Deleted Document", deleted, "new_name"))


def entries_kept_of(gone: Document) -> int:
	"""Entries that made way for those of another document of the same name."""
	return frappe.db.count(LEDGER, {"document_name": ("like", f"{gone.name} (deleted %")})


def test_a_restored_deal_goes_on_with_its_ledger():
	made = three_entries()
	deal()  # so that the deleted name is not the last of the series
	back = restored(delete(made))
	assert back.name != made.name
	assert (len(ledger(made)), len(ledger(back))) == (0, 3)
	assert (back.sales_stage, back.pe_pipeline) == ("Qualification", pipelines.NAME)
	assert get_datetime(back.pe_stage_entered_on) == get_datetime(ledger(back)[1].posted_on)
	save(back, opportunity_amount=4000)
	assert [(entry.sequence, entry.amount) for entry in ledger(back)] == [
		(1, 1000),
		(2, 1000),
		(3, 2000),
		(4, 4000),
	]
	assert flaws() == []


def test_a_restored_deal_takes_the_freed_name_with_its_ledger():
	made = three_entries()
	back = restored(delete(made))
	assert back.name == made.name
	assert [entry.sequence for entry in ledger(back)] == [1, 2, 3]
	assert flaws() == []


def test_a_restored_deal_is_not_judged_again():
	made = three_entries()
	deleted = delete(made)
	criterion = {"stage": "Prospecting", "title": "New", "field": "website", "operator": "is set"}
	fresh = frappe.get_doc("Sales Pipeline", pipelines.NAME)
	fresh.append("criteria", criterion)
	fresh.save()
	fresh.publish()
	assert restored(deleted).pe_pipeline_version == f"{pipelines.NAME} v1"


def copy_of(deleted: str, **fields) -> Document:
	data = json.loads(frappe.get_value("Deleted Document", deleted, "data"))
	return frappe.get_doc({**data, **fields})


def test_the_name_of_a_deleted_deal_opens_no_further_stage():
	made = three_entries()
	forged = copy_of(delete(made), sales_stage="Negotiation/Review")
	with pytest.raises(frappe.ValidationError):
		forged.insert()
	assert [entry.stage for entry in ledger(made)] == ["Prospecting", "Qualification", "Qualification"]


@pytest.mark.parametrize("fields", [{"party_name": "Somebody Else"}, {"opportunity_amount": 1}], ids=str)
def test_what_is_no_copy_of_a_deleted_deal_does_not_go_on_with_its_ledger(fields):
	factories.customer("Somebody Else")
	made = three_entries()
	deal()
	new = copy_of(delete(made), **fields).insert()
	assert [entry.move for entry in ledger(new)] == ["Enter"]
	assert len(ledger(made)) == 3


def test_a_new_deal_that_takes_the_name_of_a_deleted_one_starts_its_own_ledger():
	made = three_entries()
	deleted = delete(made)
	new = deal()
	assert new.name == made.name
	assert [(entry.sequence, entry.visit) for entry in ledger(new)] == [(1, 1)]
	assert entries_kept_of(made) == 3
	back = restored(deleted)
	assert [entry.sequence for entry in ledger(back)] == [1, 2, 3]
	assert entries_kept_of(made) == 0
	assert flaws() == []


def test_a_lead_takes_its_ledger_through_a_rename_and_a_restore(pipeline):
	for name in frappe.get_all("Sales Pipeline", {"document_type": "Lead", "enabled": 1}, pluck="name"):
		frappe.get_doc("Sales Pipeline", name).update({"enabled": 0}).save()
	leads = frappe.copy_doc(pipeline).update(
		{"pipeline_name": "Pipeline Test Leads", "document_type": "Lead", "criteria": []}
	)
	for stage in leads.stages:
		stage.reached_by = ""
	leads.insert().publish()
	lead = factories.lead()
	save(lead, pe_lead_stage="Qualification")
	rename("Lead", lead.name, "A New Name")
	deleted = delete(frappe.get_doc("Lead", "A New Name"))
	restore(deleted)
	back = frappe.get_value("Deleted Document", deleted, "new_name")
	stages = frappe.get_all(LEDGER, {"document_name": back}, pluck="stage", order_by="sequence")
	assert stages == ["Prospecting", "Qualification"]
	assert frappe.get_value("Lead", back, "pe_lead_stage") == "Qualification"
	assert flaws() == []


def test_a_second_copy_of_a_deleted_deal_finds_nothing_left():
	deleted = delete(three_entries())
	first, second = copy_of(deleted).insert(), copy_of(deleted).insert()
	assert (len(ledger(first)), len(ledger(second))) == (3, 1)
	assert flaws() == []


# Append-only


def changed(doctype: str, name: str, field: str, value: str) -> Document:
	doc = frappe.get_doc(doctype, name)
	return doc.update({field: value})


def unsaved(doctype: str, name: str, field: str, value: str) -> Document:
	"""A copy with another value, on its way into the database."""
	return frappe.copy_doc(changed(doctype, name, field, value))


def plain(doc: Document) -> dict:
	return doc.as_dict(convert_dates_to_str=True)


def without_validation(doc: Document) -> Document:
	doc.flags.ignore_validate = True
	return doc


def imported(kind: str, doc: Document) -> Document:
	"""What Data Import does with one row of a file."""
	importer = Importer.__new__(Importer)
	importer.doctype, importer.import_type = doc.doctype, kind
	importer.data_import = frappe.new_doc("Data Import")
	frappe.flags.in_import = True
	return importer.process_doc(frappe._dict(plain(doc)))


ADDING = {
	"insert": lambda *at: unsaved(*at).insert(ignore_permissions=True),
	"insert without validation": lambda *at: without_validation(unsaved(*at)).insert(),
	"client.insert": lambda *at: frappe.client.insert(plain(unsaved(*at))),
	"client.insert_many": lambda *at: frappe.client.insert_many([plain(unsaved(*at))]),
	"import of new rows": lambda *at: imported("Insert New Records", unsaved(*at)),
}
CHANGING = {
	"save": lambda *at: changed(*at).save(ignore_permissions=True),
	"save without validation": lambda *at: without_validation(changed(*at)).save(),
	"db_set": lambda doctype, name, field, value: frappe.get_doc(doctype, name).db_set(field, value),
	"client.set_value": lambda *at: frappe.client.set_value(*at),
	"client.save": lambda *at: frappe.client.save(plain(changed(*at))),
	"client.submit": lambda *at: frappe.client.submit(plain(changed(*at))),
	"client.cancel": lambda doctype, name, *_: frappe.client.cancel(doctype, name),
	"import of changes": lambda *at: imported("Update Existing Records", changed(*at)),
	"rename": lambda doctype, name, *_: frappe.rename_doc(doctype, name, "Other", force=True),
	"client.rename_doc": lambda doctype, name, *_: frappe.client.rename_doc(doctype, name, "Other"),
	"delete": lambda doctype, name, *_: frappe.delete_doc(doctype, name, force=True, ignore_permissions=True),
	"client.delete": lambda doctype, name, *_: frappe.client.delete(doctype, name),
}
SWALLOWING = {
	"client.bulk_update": lambda doctype, name, field, value: frappe.client.bulk_update(
		json.dumps([{"doctype": doctype, "docname": name, field: value}])
	),
	"bulk delete": lambda doctype, name, *_: delete_bulk(doctype, [name]),
}


def one_of(doctype: str) -> str:
	three_entries()
	return frappe.get_value(doctype, {"pipeline": pipelines.NAME})


def everything_in(doctype: str) -> list[dict]:
	return frappe.get_all(doctype, fields=["*"], order_by="name")


@pytest.mark.parametrize("way", [*ADDING, *CHANGING])
@pytest.mark.parametrize(
	("doctype", "field", "value"), [(LEDGER, "stage", "Won"), ("Pipeline Version", "definition", "{}")]
)
def test_not_even_administrator_writes_in_history(way, doctype, field, value):
	name, before = one_of(doctype), everything_in(doctype)
	with pytest.raises(frappe.ValidationError):
		{**ADDING, **CHANGING}[way](doctype, name, field, value)
	assert everything_in(doctype) == before


@pytest.mark.parametrize("way", SWALLOWING)
@pytest.mark.parametrize(
	("doctype", "field", "value"), [(LEDGER, "stage", "Won"), ("Pipeline Version", "definition", "{}")]
)
def test_where_frappe_swallows_the_refusal_nothing_is_written(way, doctype, field, value, monkeypatch):
	"""What was refused after the write would stand: here nothing is rolled back."""
	name, before = one_of(doctype), everything_in(doctype)
	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "rollback", lambda *args, **kwargs: None)
		SWALLOWING[way](doctype, name, field, value)
	assert everything_in(doctype) == before


@pytest.mark.parametrize("doctype", [LEDGER, "Pipeline Version"])
def test_nothing_is_restored_into_history(doctype):
	row = frappe.get_doc(doctype, one_of(doctype))
	before = everything_in(doctype)
	deleted = frappe.get_doc(
		{
			"doctype": "Deleted Document",
			"deleted_doctype": doctype,
			"deleted_name": row.name,
			"data": row.as_json(),
		}
	).insert()
	with pytest.raises(frappe.ValidationError):
		restore(deleted.name)
	assert everything_in(doctype) == before


def test_deleting_the_transactions_of_a_company_spares_the_ledger():
	"""ERPNext does that by SQL, past every event."""
	assert LEDGER in get_doctypes_to_be_ignored()


def test_a_refusal_says_why():
	entry = frappe.get_doc(LEDGER, ledger(deal())[0].name)
	with pytest.raises(frappe.ValidationError, match="only grows"):
		entry.save()
