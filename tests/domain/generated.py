"""Hypothesis strategies: pipelines with every kind of criterion, and facts that are anything at all."""

from dataclasses import replace
from datetime import date
from itertools import count

from hypothesis import strategies as st

from pipeline_ext.domain.comparison import MEMBERSHIP, OPERATORS, PRESENCE, TODAY, Aggregate, Comparison, Kind
from pipeline_ext.domain.criteria import Answer, Facts, File, Found, Score, Source, Statement
from pipeline_ext.domain.exit_criteria import (
	LINK_STATES,
	AttachmentCriterion,
	ChecklistCriterion,
	Criterion,
	ExpressionCriterion,
	FieldCriterion,
	Link,
	LinkedCriterion,
	ScorecardCriterion,
	ScoreCriterion,
	SignOffCriterion,
	TimeInStageCriterion,
)
from pipeline_ext.domain.pipeline import (
	FORECAST_CATEGORIES,
	ActionKind,
	EntryAction,
	Outcome,
	Pipeline,
	Stage,
	Trigger,
	problems,
)

TODAY_IS = date(2026, 3, 15)

texts = st.text(min_size=1, max_size=12)
words = texts.map(str.strip).filter(bool)
roles = st.lists(words, max_size=2, unique=True).map(tuple)

OPERANDS = {
	Kind.TEXT: words,
	Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
	Kind.DATE: st.dates() | st.just(TODAY),
	Kind.FLAG: st.booleans(),
}


@st.composite
def comparison_values(draw):
	"""What a comparison that works is made of."""
	kind = draw(st.sampled_from(Kind))
	aggregates = [None]
	if kind is not Kind.TABLE:
		aggregates += [Aggregate.ANY, Aggregate.ALL]
	if kind is Kind.NUMBER:
		aggregates += [Aggregate.COUNT, Aggregate.SUM]
	operator = draw(st.sampled_from(OPERATORS[kind]))
	operand = None
	if operator in MEMBERSHIP:
		operand = tuple(draw(st.lists(OPERANDS[kind], min_size=1, max_size=3)))
	elif operator not in PRESENCE:
		operand = draw(OPERANDS[kind])
	return {
		"field": draw(texts),
		"kind": kind,
		"operator": operator,
		"operand": operand,
		"aggregate": draw(st.sampled_from(aggregates)),
	}


comparisons = comparison_values().map(lambda values: Comparison(**values))

EXPRESSION_KINDS = {
	"amount": Kind.NUMBER,
	"close": Kind.DATE,
	"name": Kind.TEXT,
	"new": Kind.FLAG,
	"rows": Kind.TABLE,
}
expression_texts = st.recursive(
	st.sampled_from([*EXPRESSION_KINDS, "today", "0", "1.5", "'a'", "None", "True"]),
	lambda part: st.one_of(
		st.tuples(part, st.sampled_from("+ - * / < <= == != in and or".split()), part).map(
			lambda parts: "({} {} {})".format(*parts)
		),
		part.map(lambda inner: f"(not {inner})"),
		part.map(lambda inner: f"-{inner}"),
		st.tuples(st.sampled_from("abs len max min round".split()), part, part).map(
			lambda parts: "{}({}, {})".format(*parts)
		),
		st.tuples(part, part, part).map(lambda parts: "({} if {} else {})".format(*parts)),
	),
	max_leaves=8,
)

COMMON = {
	"key": texts,
	"title": texts,
	"hint": texts,
	"blocks": st.booleans(),
	"weight": st.just(0.0) | st.floats(0, 1e6),
	"only_if": st.none() | st.none() | comparisons,
}
whole = st.integers(1, 9)
percents = st.floats(0.1, 100)


@st.composite
def field_criteria(draw):
	common = {name: draw(strategy) for name, strategy in COMMON.items()}
	return FieldCriterion(**common, **draw(comparison_values()), refuse_placeholders=draw(st.booleans()))


criteria = st.one_of(
	field_criteria(),
	st.builds(
		LinkedCriterion,
		**COMMON,
		doctype=texts,
		state=st.sampled_from(LINK_STATES),
		within_days=st.none() | whole,
		at_least=whole,
	),
	st.builds(
		AttachmentCriterion,
		**COMMON,
		patterns=st.lists(words | st.text("*?[]!-az.", min_size=1), min_size=1, max_size=3).map(tuple),
		at_least=whole,
	),
	st.builds(ChecklistCriterion, **COMMON, needs_note=st.booleans(), needs_file=st.booleans()),
	st.builds(SignOffCriterion, **COMMON, role=texts, at_least=whole),
	st.builds(ScoreCriterion, **COMMON, framework=st.none() | texts, at_least=percents),
	st.builds(ScorecardCriterion, **COMMON, at_least=percents),
	st.builds(TimeInStageCriterion, **COMMON, at_least=st.floats(1, 400)),
	st.builds(ExpressionCriterion, **COMMON, expression=expression_texts, kinds=st.just(EXPRESSION_KINDS)),
)

actions = st.builds(
	EntryAction,
	kind=st.sampled_from(ActionKind),
	text=texts,
	user=st.none() | texts,
	due_in=st.integers(0, 30),
	template=st.none() | texts,
)


@st.composite
def pipelines(draw):
	"""Definitions that work."""
	names = draw(st.lists(texts, min_size=3, max_size=7, unique=True))
	outcomes = [Outcome.OPEN, Outcome.WON, Outcome.LOST]
	outcomes += draw(st.lists(st.sampled_from(Outcome), min_size=len(names) - 3, max_size=len(names) - 3))
	triggers = draw(st.permutations([*Trigger, None, None, None]))
	keys = map(str, count())
	stages = tuple(
		Stage(
			name,
			outcome,
			draw(st.floats(0, 100)),
			draw(st.sampled_from(FORECAST_CATEGORIES)),
			draw(st.none() | st.integers(0, 400)),
			draw(texts),
			tuple(_fitted(each, next(keys), name) for each in draw(st.lists(criteria, max_size=3))),
			draw(st.booleans()),
			draw(st.booleans()),
			draw(roles),
			draw(roles),
			trigger,
			tuple(draw(st.lists(actions, max_size=2))),
		)
		for name, outcome, trigger in zip(names, draw(st.permutations(outcomes)), triggers, strict=False)
	)
	return Pipeline(draw(texts), draw(texts), stages)


def _fitted(criterion: Criterion, key: str, stage: str) -> Criterion:
	return replace(
		criterion, key=key, **({"stage": stage} if isinstance(criterion, TimeInStageCriterion) else {})
	)


valid_pipelines = pipelines().filter(lambda pipeline: not problems(pipeline))


def _nested(depth: int) -> list:
	nested: list = []
	for _ in range(depth):
		nested = [nested]
	return nested


scalars = st.one_of(
	st.none(),
	st.booleans(),
	st.integers(),
	st.floats(),
	st.decimals(),
	st.text(),
	st.dates(),
	st.datetimes(),
	st.times(),
	st.timedeltas(),
	st.binary(),
	st.just(10**400),
	st.just(object()),
	st.sampled_from(["today", "n/a", "xxx", "2026-03-15", "1", "yes", "\ud800", "<" * 99]),
)
anything = st.recursive(
	scalars,
	lambda part: (
		st.lists(part, max_size=3)
		| st.lists(part, max_size=3).map(tuple)
		| st.dictionaries(st.text(max_size=3), part, max_size=2)
	),
	max_leaves=4,
) | st.builds(_nested, st.just(5000))
LIKELY = [
	5,
	"7.5",
	0,
	"",
	None,
	True,
	TODAY_IS,
	"2026-03-16",
	"Steel",
	[],
	[1, 2.5],
	("a", "b"),
	[TODAY_IS],
	[{}],
]
values = st.sampled_from(LIKELY) | anything
sources = st.none() | st.builds(Source, st.none() | texts, st.none() | texts, st.none() | st.datetimes())
statements = st.lists(
	st.builds(
		Statement, st.sampled_from(Answer), st.builds(Source, st.none() | texts, texts), st.text(), st.text()
	)
).map(tuple)


@st.composite
def facts_on(draw, pipeline: Pipeline, held=values):
	"""Facts on all, some or none of what a pipeline asks: of the right shape, `held` being any values."""
	asked = list(pipeline.criteria)
	paths = sorted({path for criterion in asked for path in criterion.paths})
	links = [
		Link(each.doctype, each.state, each.within_days)
		for each in asked
		if isinstance(each, LinkedCriterion)
	]
	frameworks = [each.framework for each in asked if isinstance(each, ScoreCriterion)]
	keys = [criterion.key for criterion in asked]
	stages = [stage.name for stage in pipeline.stages]
	return Facts(
		values=draw(_some(paths, held)),
		repeated=draw(_some(paths, st.integers(0, 5))),
		linked=draw(_some(links, st.builds(Found, st.integers(), sources))),
		files=draw(st.none() | st.lists(st.builds(File, st.text(), sources), max_size=3).map(tuple)),
		statements=draw(st.none() | _some(keys, statements)),
		scores=draw(st.none() | _some(frameworks, st.builds(Score, st.floats(), sources))),
		days_in=draw(st.none() | _some(stages, st.floats())),
	)


def _some(keys, values):
	each = {key: values for key in keys}
	return st.fixed_dictionaries(each) | st.fixed_dictionaries({}, optional=each)
