"""Expressions of pyarrow. They have no way in but their serialized form: a record batch of the
literals, with the tree as entries of its schema's metadata, in prefix order."""

from __future__ import annotations

import ctypes
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple, Union

from .._errors import InvalidArgumentError
from .expression import And, Column, Compare, Expression, IsNull, Not, Or, StartsWith, condition
from .literal import plain_value
from .membership import found_in, found_or_null

_COMPARISONS = {
    "equal": "=",
    "not_equal": "<>",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
MIRRORED = {"=": "=", "<>": "<>", "<=>": "<=>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_JUNCTIONS = {"and_kleene": And, "or_kleene": Or}
_MATCH, _SKIP, _EMIT_NULL = 0, 1, 2
#: That of the core.
_MAX_DEPTH = 100


class _Value(NamedTuple):
    """A literal that does not stand for a condition yet."""

    value: Any


class _Call(NamedTuple):
    name: str
    arguments: "List[Node]"
    options: Dict[str, Any]


Node = Union[Column, _Value, _Call]


def from_arrow(expression: Any) -> Expression:
    """The condition that an expression of pyarrow stands for, floating NaN apart: it compares as in
    SQL. Errors: InvalidArgumentError, naming the part."""
    return _condition(_tree(expression))


def conditions_of(expression: Any) -> List[Expression]:
    """Of conditions that an expression joins by AND, those that are understood."""
    try:
        return list(_understood(_tree(expression)))
    except InvalidArgumentError:
        return []


def columns_of(expression: Any) -> Optional[Set[str]]:
    """The columns that an expression names; None where it cannot be read."""
    try:
        return set(_columns(_tree(expression)))
    except InvalidArgumentError:
        return None


def _tree(expression: Any) -> Node:
    import pyarrow as pa

    try:
        buffer = expression.__reduce__()[1][0]
        batch = pa.ipc.open_file(buffer).get_batch(0)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise InvalidArgumentError(f"filters: {expression}: {error}") from None
    return _read(iter(_entries(batch.schema)), batch)


def _understood(node: Node) -> Iterator[Expression]:
    parts = [node]
    if isinstance(node, _Call) and node.name == "and_kleene":
        parts = node.arguments
    for part in parts:
        try:
            yield _condition(part)
        except InvalidArgumentError:
            pass


def _columns(root: Node) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Column):
            yield node.path[0]
        elif isinstance(node, _Call):
            waiting += node.arguments


class _CSchema(ctypes.Structure):
    """struct ArrowSchema of the C data interface."""

    _fields_ = [
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_void_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    ]


def _entries(schema: Any) -> List[Tuple[str, str]]:
    """The metadata with keys that repeat, which Schema.metadata drops."""
    out = _CSchema()
    schema._export_to_c(ctypes.addressof(out))
    try:
        place = out.metadata or 0

        def number() -> int:
            nonlocal place
            place += 4
            return ctypes.c_int32.from_address(place - 4).value

        def text() -> str:
            nonlocal place
            size = number()
            place += size
            return ctypes.string_at(place - size, size).decode()

        return [(text(), text()) for _ in range(number())] if place else []
    finally:
        type(schema)._import_from_c(ctypes.addressof(out))


def _read(entries: "Iterator[Tuple[str, str]]", batch: Any) -> Node:
    """A junction right below one of its kind becomes a part of it, so that chains are flat."""
    open_calls: List[_Call] = []
    for kind, text in entries:
        if kind == "call":
            above = open_calls[-1] if open_calls else None
            chained = above is not None and text in _JUNCTIONS and above.name == text
            open_calls.append(above if above and chained else _Call(text, [], {}))
            continue
        if kind == "options":
            open_calls[-1].options.update(_scalar(batch, int(text)))
            continue
        node = open_calls.pop() if kind == "end" else _leaf(kind, text, entries, batch)
        if not open_calls:
            return node
        if open_calls[-1] is not node:
            open_calls[-1].arguments.append(node)
    raise InvalidArgumentError("filters: an expression of pyarrow without an end")


def _leaf(kind: str, text: str, entries: "Iterator[Tuple[str, str]]", batch: Any) -> Node:
    if kind == "literal":
        return _Value(_scalar(batch, int(text)))
    if kind == "field_ref":
        return Column((text,))
    if kind == "nested_field_ref":
        return Column(tuple(next(entries)[1] for _ in range(int(text))))
    raise InvalidArgumentError(f"filters: an expression of pyarrow with '{kind}' is not understood")


def _scalar(batch: Any, index: int) -> Any:
    scalar = batch.column(index)[0]
    try:
        return scalar.as_py()
    except (ValueError, OverflowError) as error:
        raise InvalidArgumentError(f"filters: a literal {scalar.type}: {error}") from None


def _condition(node: Node, depth: int = 1) -> Expression:
    if depth > _MAX_DEPTH:
        raise InvalidArgumentError(f"filters: nested deeper than {_MAX_DEPTH} levels")
    if isinstance(node, Column):
        return node
    if isinstance(node, _Value):
        return condition(node.value)
    if node.name in _JUNCTIONS:
        return _JUNCTIONS[node.name].of([_condition(part, depth + 1) for part in node.arguments])
    if node.name == "invert":
        return Not(_condition(node.arguments[0], depth + 1))
    if node.name in _COMPARISONS:
        return _compare(_COMPARISONS[node.name], *node.arguments)
    if node.name == "if_else":
        return _if_else(node)
    if node.name in ("is_null", "is_valid", "is_in", "starts_with"):
        return _test(node)
    raise InvalidArgumentError(f"filters: pyarrow's {node.name}() cannot be a filter of a shared table")


def _compare(op: str, left: Node, right: Node) -> Expression:
    if isinstance(left, _Value):
        left, right, op = right, left, MIRRORED[op]
    column = _column(left, f"'{op}'")
    if not isinstance(right, _Value):
        raise InvalidArgumentError("filters: a column is compared with what is no constant")
    return Compare(op, column, plain_value(right.value))


def _column(node: Node, where: str) -> Column:
    if isinstance(node, Column):
        return node
    what = f"pyarrow's {node.name}()" if isinstance(node, _Call) else "a constant"
    raise InvalidArgumentError(f"filters: {where} of {what} where a column must stand")


def _test(call: _Call) -> Expression:
    column = _column(call.arguments[0], call.name)
    options = call.options
    if call.name == "is_valid":
        return Not(IsNull(column))
    if call.name == "is_null":
        if options.get("nan_is_null"):
            raise InvalidArgumentError("filters: is_null(nan_is_null=True): NaN is no null here")
        return IsNull(column)
    if call.name == "starts_with":
        if options.get("ignore_case"):
            raise InvalidArgumentError("filters: starts_with(ignore_case=True) is not understood")
        return StartsWith(column, options["pattern"])
    values = [plain_value(value) for value in options["value_set"]]
    matching = options.get("null_matching_behavior", _SKIP if options.get("skip_nulls") else _MATCH)
    if matching == _MATCH:
        return found_in(column, values)
    if matching == _SKIP:
        return found_in(column, [value for value in values if value is not None])
    if matching == _EMIT_NULL:
        return found_or_null(column, values)
    raise InvalidArgumentError("filters: is_in with INCONCLUSIVE nulls is not understood")


def _if_else(call: _Call) -> Expression:
    """SQL's IN as DuckDB spells it: if_else(is_valid(c), is_in(c, …), null)."""
    test, found, otherwise = call.arguments
    if (
        isinstance(test, _Call)
        and isinstance(found, _Call)
        and (test.name, found.name, otherwise) == ("is_valid", "is_in", _Value(None))
        and _column(test.arguments[0], "is_valid").path == _column(found.arguments[0], "is_in").path
    ):
        values = [plain_value(value) for value in found.options["value_set"]]
        return found_or_null(_column(test.arguments[0], "is_valid"), values)
    raise InvalidArgumentError("filters: pyarrow's if_else() cannot be a filter of a shared table")
