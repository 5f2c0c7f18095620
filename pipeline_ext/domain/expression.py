"""A small language for conditions: plain values in, a plain value out, nothing else within reach."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

LONGEST = 500
"""Characters an expression may have; without loops, powers and repeated texts this bounds its time."""

TODAY = "today"
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
	"abs": abs,
	"len": len,
	"max": max,
	"min": min,
	"round": lambda number, digits=0: round(float(number), digits),
}
COMPARISONS: Mapping[type, Callable[[Any, Any], bool]] = {
	ast.Eq: operator.eq,
	ast.NotEq: operator.ne,
	ast.Lt: operator.lt,
	ast.LtE: operator.le,
	ast.Gt: operator.gt,
	ast.GtE: operator.ge,
	ast.In: lambda value, among: value in among,
	ast.NotIn: lambda value, among: value not in among,
}
ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = {
	ast.Add: operator.add,
	ast.Sub: operator.sub,
	ast.Mult: operator.mul,
	ast.Div: operator.truediv,
}


class ExpressionError(ValueError):
	"""Why an expression cannot be read or worked out, as a short English phrase."""


def parse(text: str) -> ast.expr:
	"""The expression as a tree of allowed parts only. Raises ExpressionError."""
	if len(text) > LONGEST:
		raise ExpressionError(f"longer than {LONGEST} characters")
	try:
		tree = ast.parse(text.strip(), mode="eval").body
	except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
		raise ExpressionError("not readable") from error
	for node in ast.walk(tree):
		_refuse_forbidden(node)
	return tree


def names(text: str) -> frozenset[str]:
	"""The values that an expression asks for, `today` aside. Raises ExpressionError."""
	tree = parse(text)
	called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
	used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}
	return frozenset(used - {TODAY})


def value_of(text: str, values: Mapping[str, Any], today: date) -> Any:
	"""What the expression comes to. Raises ExpressionError where a name has no value or parts do not fit."""
	try:
		return _value(parse(text), {**values, TODAY: today})
	except (ArithmeticError, TypeError, ValueError, RecursionError) as error:
		raise ExpressionError(str(error)) from error


PARTS = (
	ast.BoolOp,
	ast.And,
	ast.Or,
	ast.UnaryOp,
	ast.Not,
	ast.USub,
	ast.BinOp,
	*ARITHMETIC,
	ast.Compare,
	*COMPARISONS,
	ast.IfExp,
	ast.Name,
	ast.Load,
	ast.Constant,
	ast.Tuple,
	ast.List,
	ast.Call,
)


def _refuse_forbidden(node: ast.AST) -> None:
	if not isinstance(node, PARTS):
		raise ExpressionError(f"{type(node).__name__} is not allowed")
	if isinstance(node, ast.Call):
		if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
			raise ExpressionError(f"only these functions are there: {', '.join(FUNCTIONS)}")
	if isinstance(node, ast.Constant) and not _is_plain(node.value):
		raise ExpressionError(f"{node.value!r} is not allowed")


def _is_plain(value: Any) -> bool:
	return math.isfinite(value) if isinstance(value, float) else isinstance(value, str | int | None)


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
	return WORKERS[type(node)](node, values)


def _bool_op(node: ast.BoolOp, values: Mapping[str, Any]) -> Any:
	wanted = isinstance(node.op, ast.Or)
	result = None
	for part in node.values:
		result = _value(part, values)
		if bool(result) is wanted:
			break
	return result


def _unary(node: ast.UnaryOp, values: Mapping[str, Any]) -> Any:
	value = _value(node.operand, values)
	return not value if isinstance(node.op, ast.Not) else -_number(value)


def _binary(node: ast.BinOp, values: Mapping[str, Any]) -> Any:
	left, right = _value(node.left, values), _value(node.right, values)
	if isinstance(left, date) and isinstance(right, date) and isinstance(node.op, ast.Sub):
		return (left - right).days
	if isinstance(left, date) and isinstance(node.op, ast.Add | ast.Sub):
		days = timedelta(days=_number(right))
		return left + days if isinstance(node.op, ast.Add) else left - days
	result = ARITHMETIC[type(node.op)](_number(left), _number(right))
	if not math.isfinite(result):
		raise OverflowError("too large a number")
	return result


def _number(value: Any) -> float | int:
	if not isinstance(value, int | float):
		raise TypeError(f"{value!r} is not a number")
	return value


def _compare(node: ast.Compare, values: Mapping[str, Any]) -> bool:
	left = _value(node.left, values)
	for op, comparator in zip(node.ops, node.comparators, strict=True):
		right = _value(comparator, values)
		if not COMPARISONS[type(op)](left, right):
			return False
		left = right
	return True


def _choice(node: ast.IfExp, values: Mapping[str, Any]) -> Any:
	return _value(node.body if _value(node.test, values) else node.orelse, values)


def _name(node: ast.Name, values: Mapping[str, Any]) -> Any:
	if node.id not in values:
		raise ExpressionError(f"there is no {node.id}")
	return values[node.id]


def _call(node: ast.Call, values: Mapping[str, Any]) -> Any:
	return FUNCTIONS[node.func.id](*(_value(argument, values) for argument in node.args))


WORKERS: Mapping[type, Callable[[Any, Mapping[str, Any]], Any]] = {
	ast.BoolOp: _bool_op,
	ast.UnaryOp: _unary,
	ast.BinOp: _binary,
	ast.Compare: _compare,
	ast.IfExp: _choice,
	ast.Name: _name,
	ast.Constant: lambda node, values: node.value,
	ast.Tuple: lambda node, values: tuple(_value(part, values) for part in node.elts),
	ast.List: lambda node, values: tuple(_value(part, values) for part in node.elts),
	ast.Call: _call,
}
