"""Works out figures from formulas such as `=revenue - costs`, so that no sum is typed by hand."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Facts = dict[str, Any]
SIGN = "="

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def change(new: float, old: float) -> float:
    """Return by how many percent a figure has changed, to one place."""
    return round(100 * (new - old) / old, 1)


def share(part: float, whole: float) -> float:
    """Return a part as a percentage of the whole, to one place."""
    return round(100 * part / whole, 1)


def moved(new: float, old: float) -> str:
    """Return the change in English words."""
    percent = change(new, old)
    if percent == 0:
        return "was unchanged"
    return f"{'rose' if percent > 0 else 'fell'} by {abs(percent)} percent"


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "change": change,
    "share": share,
    "moved": moved,
    "whole": lambda value: round(value),
    "tenth": lambda value: round(value, 1),
    "cents": lambda value: round(value, 2),
}


def evaluate(formula: str, facts: Mapping[str, Any]) -> Any:
    """Return the value of a formula; raises KeyError for an unknown name."""
    value = _value(ast.parse(formula, mode="eval").body, facts)
    return round(value, 2) if isinstance(value, float) else value


def _value(node: ast.expr, facts: Mapping[str, Any]) -> Any:
    """Return the value of one node of a formula."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return facts[node.id]
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, facts), _value(node.right, facts))
    if isinstance(node, ast.Compare):
        right = _value(node.comparators[0], facts)
        return _COMPARE[type(node.ops[0])](_value(node.left, facts), right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _FUNCTIONS[node.func.id](*(_value(arg, facts) for arg in node.args))
    raise ValueError(f"{ast.unparse(node)} is no formula")


class Settled(dict[str, Any]):
    """Facts whose formulas are worked out when they are first asked for."""

    def __getitem__(self, name: str) -> Any:
        """Return a fact; raises KeyError for an unknown name."""
        value = super().__getitem__(name)
        if isinstance(value, str) and value.startswith(SIGN):
            value = self[name] = evaluate(value.removeprefix(SIGN).strip(), self)
        return value


def settle(facts: Facts, skip_unknown: bool = False) -> Facts:
    """Return the facts with every formula replaced by its value.

    skip_unknown: leave a formula out where it names something that is not known.
    """
    lazy = Settled(facts)
    settled: Facts = {}
    for name in facts:
        try:
            settled[name] = lazy[name]
        except KeyError:
            if not skip_unknown:
                raise
    return settled
