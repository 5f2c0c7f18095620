"""Assessments are scored on the server, against their framework, by whoever may read the deal."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, get_datetime, now_datetime

from pipeline_ext.reports.qualification import latest_score
from pipeline_ext.setup import qualification
from tests.site import factories

REP = "rep@pipeline-test.example"
MANAGER = "manager@pipeline-test.example"
ADMIN = "admin@pipeline-test.example"
KEEPER = "keeper@pipeline-test.example"
FRAMEWORK = "Test Framework"
QUESTIONS = (
	{"topic": "Budget", "question": "What is set aside?", "good_answer": "A sum", "weight": 1},
	{"topic": "Need", "question": "What is the problem?", "weight": 2},
	{"topic": "Timing", "question": "By when?", "weight": 1, "highest_points": 10},
)


@pytest.fixture(autouse=True)
def people():
	factories.user(REP, "Sales User")
	factories.user(MANAGER, "Sales User", "Sales Manager")
	factories.user(ADMIN, "Pipeline Administrator")
	factories.user(KEEPER, "Gate Keeper")


@pytest.fixture(autouse=True)
def framework(people):
	return new_framework(FRAMEWORK).insert()


@pytest.fixture
def deal(people):
	return factories.opportunity(factories.customer())


def new_framework(name, questions=QUESTIONS, **fields):
	rows = [dict(question) for question in questions]
	return frappe.get_doc(
		{"doctype": "Qualification Framework", "framework_name": name, "questions": rows, **fields}
	)


def new_assessment(document, points=None, **fields):
	"""Not inserted yet; `points` maps topics to points."""
	return frappe.get_doc(
		{
			"doctype": "Qualification Assessment",
			"document_type": document.doctype,
			"document_name": document.name,
			"framework": FRAMEWORK,
			"answers": [{"topic": topic, "points": given} for topic, given in (points or {}).items()],
			**fields,
		}
	)


def stored(assessment, *fields):
	return frappe.db.get_value("Qualification Assessment", assessment.name, fields)


# The assessment


def test_rows_come_from_the_framework(deal):
	made = new_assessment(deal).insert()
	asked = [(row.idx, row.topic, row.question, row.weight, row.highest_points) for row in made.answers]
	assert asked == [
		(1, "Budget", "What is set aside?", 1, 4),
		(2, "Need", "What is the problem?", 2, 4),
		(3, "Timing", "By when?", 1, 10),
	]
	assert made.answers[0].good_answer == "A sum"
	assert (made.score, made.unanswered) == (0, "Budget, Need, Timing")


def test_what_the_client_says_of_the_questions_and_the_score_does_not_count(deal, as_user):
	with as_user(REP):
		made = new_assessment(
			deal,
			answers=[{"topic": "Budget", "points": "4", "weight": 100, "highest_points": 1, "question": "?"}],
			score=99,
			unanswered="Nothing",
			assessed_by=MANAGER,
			assessed_on="2020-01-01 00:00:00",
		).insert()
	score, unanswered, by, on = stored(made, "score", "unanswered", "assessed_by", "assessed_on")
	assert (score, unanswered, by) == (25, "Need, Timing", REP)
	assert abs((now_datetime() - get_datetime(on)).total_seconds()) < 60
	assert (made.answers[0].weight, made.answers[0].question) == (1, "What is set aside?")


@pytest.mark.parametrize(
	("points", "score"),
	[
		({"Budget": "4", "Need": "4", "Timing": "10"}, 100),
		({"Budget": 0, "Need": "3", "Timing": 5}, 50),
		({"Timing": 7}, 17.5),
	],
)
def test_the_score_is_the_weighted_mean_in_percent(deal, points, score):
	assert stored(new_assessment(deal, points).insert(), "score") == score


def test_zero_points_are_an_answer_also_when_they_come_as_a_number(deal):
	made = new_assessment(deal, {"Budget": 0, "Need": "0"}).insert()
	assert frappe.get_doc(made.doctype, made.name).save().unanswered == "Timing"


def test_points_and_notes_stay_with_their_topic_in_the_rows_they_had(deal):
	made = new_assessment(deal, {"Timing": "5"}).insert()
	made.answers[2].note = "Their contract ends in May"
	made.save()
	names = {row.topic: row.name for row in made.answers}
	again = frappe.get_doc(made.doctype, made.name)
	again.answers.reverse()
	again.save()
	assert [row.topic for row in again.answers] == ["Budget", "Need", "Timing"]
	assert {row.topic: row.name for row in again.answers} == names
	kept = frappe.get_doc(made.doctype, made.name).answers[2]
	assert (kept.points, kept.note) == ("5", "Their contract ends in May")


def test_a_removed_row_comes_back_without_an_answer(deal):
	made = new_assessment(deal, {"Budget": "4", "Need": "4"}).insert()
	made.remove(made.answers[1])
	made.save()
	assert (made.score, made.unanswered) == (25, "Need, Timing")


def test_points_set_on_a_row_by_rest_are_scored_and_signed(deal, as_user):
	made = new_assessment(deal, {"Budget": "4"}).insert()
	with as_user(REP):
		frappe.client.set_value("Qualification Answer", made.answers[1].name, "points", "2")
	assert stored(made, "score", "assessed_by") == (50, REP)


@pytest.mark.parametrize(
	("points", "error"),
	[
		({"Champion": "2"}, "Test Framework has no question on Champion. Remove the row"),
		({"Budget": "5"}, "Budget: 5 points are outside the scale, which goes from 0 to 4"),
		({"Budget": "-1"}, "Budget: -1 points are outside the scale"),
		({"Timing": 11}, "Timing: 11 points"),
		({"Budget": "a lot"}, 'cannot be "a lot"'),
	],
)
def test_an_answer_that_does_not_fit_is_refused_in_words(deal, points, error):
	with pytest.raises(frappe.ValidationError, match=error):
		new_assessment(deal, points).insert()


def test_a_topic_answered_twice_is_refused(deal):
	rows = [{"topic": "Need", "points": "0"}, {"topic": "Need", "points": "4"}]
	with pytest.raises(frappe.ValidationError, match="Need is answered twice"):
		new_assessment(deal, answers=rows).insert()


@pytest.mark.parametrize("field", ["document_name", "framework"])
def test_what_is_assessed_and_by_which_framework_must_be_said(deal, field):
	made = new_assessment(deal)
	made.set(field, None)
	with pytest.raises(frappe.MandatoryError, match=made.meta.get_label(field)):
		made.insert()


def test_only_what_a_pipeline_governs_is_assessed():
	with pytest.raises(frappe.ValidationError, match="Customer is not assessed"):
		new_assessment(factories.customer()).insert()


def test_a_lead_is_assessed_too():
	assert stored(new_assessment(factories.lead(), {"Need": "4"}).insert(), "score") == 50


def test_an_assessment_stays_with_its_deal_and_framework(deal):
	new_framework("Another Framework").insert()
	made = new_assessment(deal).insert()
	for field, value in (
		("framework", "Another Framework"),
		("document_name", factories.opportunity(factories.customer("Other")).name),
	):
		moved = frappe.get_doc(made.doctype, made.name)
		moved.set(field, value)
		with pytest.raises(frappe.CannotChangeConstantError):
			moved.save()


# Who may


def may_read_only(user, deal):
	rule = {"user": user, "allow": deal.doctype, "for_value": deal.name}
	frappe.get_doc({"doctype": "User Permission", **rule}).insert()


def test_who_cannot_read_the_deal_cannot_assess_it(deal, as_user):
	own = factories.opportunity(factories.customer("Own"))
	may_read_only(REP, own)
	theirs = new_assessment(deal, {"Need": "1"}).insert()
	with as_user(REP):
		assert new_assessment(own).insert().assessed_by == REP
		with pytest.raises(frappe.PermissionError):
			new_assessment(deal).insert()
		changed = frappe.get_doc(theirs.doctype, theirs.name)
		changed.answers[1].points = "4"
		with pytest.raises(frappe.PermissionError):
			changed.save()
	assert stored(theirs, "score") == 12.5


def test_a_program_that_ignores_permissions_may(deal, as_user):
	may_read_only(REP, factories.opportunity(factories.customer("Own")))
	with as_user(REP):
		assert new_assessment(deal).insert(ignore_permissions=True).name


@pytest.mark.parametrize(("user", "may"), [(REP, False), (MANAGER, False), (ADMIN, True)])
def test_only_administrators_shape_frameworks(framework, as_user, user, may):
	with as_user(user):
		assert frappe.has_permission("Qualification Framework", "read", framework)
		assert frappe.has_permission("Qualification Framework", "write", framework) is may
		assert frappe.has_permission("Qualification Framework", "create") is may


@pytest.mark.parametrize(("user", "may"), [(REP, False), (MANAGER, True)])
def test_who_deletes_an_assessment(deal, as_user, user, may):
	made = new_assessment(deal).insert()
	with as_user(user):
		assert frappe.has_permission(made.doctype, "write", made)
		assert frappe.has_permission(made.doctype, "delete", made) is may


# The framework


@pytest.mark.parametrize(
	("change", "error"),
	[
		({"weight": 0}, "Budget: a weight is above 0 and at most 100, not 0"),
		({"weight": -2}, "not -2"),
		({"highest_points": 0}, "points go up to 1 or more, 10 at most, not to 0"),
		({"highest_points": 11}, "not to 11"),
		({"topic": "need"}, "Topic need is listed twice"),
		({"question": "By WHEN?"}, "by when\\? is listed twice"),
		({"topic": ""}, "give it a topic"),
	],
)
def test_a_framework_that_cannot_work_is_refused_in_words(change, error):
	questions = ({**QUESTIONS[0], **change}, *QUESTIONS[1:])
	with pytest.raises(frappe.ValidationError, match=error):
		new_framework("Broken", questions).insert()


def test_a_framework_without_questions_is_refused():
	with pytest.raises(frappe.ValidationError, match="Add at least one question"):
		new_framework("Empty", ()).insert()


def test_a_framework_broken_past_its_form_is_refused_when_it_is_used(framework, deal):
	frappe.db.delete("Qualification Question", {"parent": framework.name})
	with pytest.raises(frappe.ValidationError, match="Add at least one question"):
		new_assessment(deal).insert()


def test_a_disabled_framework_takes_no_new_assessment_and_keeps_the_old(framework, deal):
	made = new_assessment(deal, {"Need": "2"}).insert()
	framework.update({"enabled": 0}).save()
	with pytest.raises(frappe.ValidationError, match="Test Framework is not in use any more"):
		new_assessment(deal).insert()
	assert frappe.get_doc(made.doctype, made.name).save().score == 25


def test_an_assessment_follows_its_framework_when_it_is_saved_again(framework, deal):
	made = new_assessment(deal, {"Need": "4"}).insert()
	framework.append("questions", {"topic": "Authority", "question": "Who signs?", "weight": 4})
	framework.save()
	assert stored(made, "score") == 50
	again = frappe.get_doc(made.doctype, made.name).save()
	assert (again.score, len(again.answers)) == (25, 4)


def test_an_answer_whose_question_is_gone_has_to_be_removed(framework, deal):
	made = new_assessment(deal, {"Budget": "4", "Need": "2"}).insert()
	framework.remove(framework.questions[0])
	framework.save()
	again = frappe.get_doc(made.doctype, made.name)
	with pytest.raises(frappe.ValidationError, match="no question on Budget"):
		again.save()
	again.reload()
	again.remove(again.answers[0])
	assert again.save().score == pytest.approx(33.33)


def test_a_framework_in_use_cannot_be_deleted(framework, deal):
	new_assessment(deal).insert()
	with pytest.raises(frappe.LinkExistsError):
		framework.delete()


# What a gate reads


def at(assessment, days):
	frappe.db.set_value(assessment.doctype, assessment.name, "assessed_on", add_days(now_datetime(), days))


def test_the_latest_score_is_that_of_the_last_assessment(deal):
	new_framework("Another Framework").insert()
	assert latest_score("Opportunity", deal.name) is None
	older = new_assessment(deal, {"Need": "4"}).insert()
	newer = new_assessment(deal, {"Need": "1"}, framework="Another Framework").insert()
	other = factories.opportunity(factories.customer("Other"))
	new_assessment(other, {"Budget": "4"}).insert()
	at(older, days=-2)
	at(newer, days=-1)
	assert latest_score("Opportunity", deal.name)[:2] == (12.5, newer.name)
	assert latest_score("Opportunity", deal.name, FRAMEWORK)[:2] == (50, older.name)
	assert latest_score("Opportunity", deal.name, "No Such Framework") is None
	assert latest_score("Lead", deal.name) is None
	frappe.get_doc(older.doctype, older.name).save()
	assert latest_score("Opportunity", deal.name)[:2] == (50, older.name)


def test_the_latest_score_says_when_and_by_whom_in_one_query(deal, as_user, monkeypatch):
	with as_user(REP):
		made = new_assessment(deal, {"Budget": "1"}).insert()
	on = get_datetime(stored(made, "assessed_on"))
	queries = []
	run = frappe.db.sql
	assert latest_score("Opportunity", deal.name) == (6.25, made.name, on, REP)
	monkeypatch.setattr(frappe.db, "sql", lambda *args, **named: queries.append(args) or run(*args, **named))
	assert latest_score("Opportunity", deal.name, FRAMEWORK)[1] == made.name
	assert len(queries) == 1


# The templates


def test_the_templates_are_frameworks_that_work_and_can_be_answered(deal):
	for framework in qualification.FRAMEWORKS:
		frappe.delete_doc_if_exists("Qualification Framework", framework["framework_name"], force=True)
	qualification.create()
	for name, questions in (("BANT", 4), ("MEDDIC", 6), ("SPIN", 5)):
		made = new_assessment(deal, framework=name).insert()
		assert len(made.answers) == questions
		assert all(row.good_answer for row in made.answers)
		for row in made.answers:
			row.points = "4"
		assert made.save().score == 100


def test_creating_the_templates_again_changes_nothing_that_an_admin_edited():
	qualification.create()
	edited = frappe.get_doc("Qualification Framework", "BANT")
	edited.questions[0].weight = 7
	edited.save()
	qualification.create()
	assert frappe.get_doc("Qualification Framework", "BANT").questions[0].weight == 7
	assert frappe.db.count("Qualification Framework", {"name": ("in", ("BANT", "MEDDIC", "SPIN"))}) == 3


def names_seen():
	return set(frappe.get_list("Qualification Assessment", pluck="name"))


def test_an_assessment_is_seen_and_changed_by_whoever_may_read_its_deal(deal, as_user):
	own = factories.opportunity(factories.customer("Own"))
	lead = factories.lead()
	made = {document.name: new_assessment(document).insert() for document in (deal, own, lead)}
	with as_user(REP):
		assert names_seen() >= {assessment.name for assessment in made.values()}
	may_read_only(REP, own)
	with as_user(REP):
		seen = names_seen()
		assert {made[own.name].name, made[lead.name].name} <= seen
		assert made[deal.name].name not in seen
		assert frappe.has_permission("Qualification Assessment", "write", made[own.name])
		for right in ("read", "write"):
			assert not frappe.has_permission("Qualification Assessment", right, made[deal.name])


def test_who_may_read_no_deal_sees_no_assessment(deal, as_user):
	made = new_assessment(deal).insert()
	with as_user(KEEPER):
		assert frappe.has_permission("Qualification Assessment", "read")
		assert made.name not in names_seen()
		assert not frappe.has_permission("Qualification Assessment", "read", made)


def test_a_deal_that_was_shared_shows_its_assessments(deal, as_user):
	other = new_assessment(factories.opportunity(factories.customer("Other"))).insert()
	made = new_assessment(deal).insert()
	frappe.share.add("Opportunity", deal.name, KEEPER)
	with as_user(KEEPER):
		assert made.name in names_seen() and other.name not in names_seen()
		assert frappe.has_permission("Qualification Assessment", "read", made)
