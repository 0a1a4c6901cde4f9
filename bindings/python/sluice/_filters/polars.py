"""Expressions of Polars, read from their serialized form in JSON."""

from __future__ import annotations

import io
import json
import struct
import warnings
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Iterator, List, Tuple

from .._errors import InvalidArgumentError
from .arrow import MIRRORED
from .expression import And, Column, Compare, Expression, IsNull, Not, Or, StartsWith, condition
from .literal import plain_value
from .membership import found_in, found_or_null

_COMPARISONS = {
    "Eq": "=",
    "NotEq": "<>",
    "Lt": "<",
    "LtEq": "<=",
    "Gt": ">",
    "GtEq": ">=",
    "EqValidity": "<=>",
}
_JUNCTIONS = {"And": And, "LogicalAnd": And, "Or": Or, "LogicalOr": Or}
_HORIZONTAL = {"AllHorizontal": And, "AnyHorizontal": Or}
_BOUNDS = {"Both": (">=", "<="), "Left": (">=", "<"), "Right": (">", "<="), "None": (">", "<")}
_PER_MICROSECOND = {"Nanoseconds": Decimal(1000), "Microseconds": Decimal(1), "Milliseconds": Decimal("0.001")}
_EPOCH = datetime(1970, 1, 1)


def from_polars(expression: Any) -> Expression:
    """The condition that an expression of Polars stands for. Errors: InvalidArgumentError, naming
    the part."""
    return _checked(_tree(expression), expression)


def conditions_of(expression: Any) -> List[Expression]:
    """Of conditions that an expression joins by AND, those that are understood. A fraction without a
    type is not: Polars rounds it to that of the column."""
    try:
        parts = list(_chained(_tree(expression), And))
    except InvalidArgumentError:
        return []
    found = []
    for part in parts:
        try:
            if '{"Dyn": {"Float"' not in json.dumps(part):
                found.append(_checked(part, expression))
        except (InvalidArgumentError, RecursionError):
            continue
    return found


def _tree(expression: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # That the form is not for storage.
            return json.loads(expression.meta.serialize(format="json"))
    except Exception as error:  # Polars has errors of its own.
        reason = str(error).partition("\n")[0]
        raise InvalidArgumentError(f"filters: {_shown(expression)}: {reason}") from None


def _checked(tree: Any, expression: Any) -> Expression:
    try:
        return _condition(tree)
    except InvalidArgumentError:
        raise
    except (RecursionError, AttributeError, LookupError, TypeError, ValueError, OverflowError):
        raise InvalidArgumentError(f"filters: {_shown(expression)} is not understood") from None


def _chained(node: Any, kind: Any) -> Iterator[Any]:
    """The parts that ANDs or ORs join, left sides first; iterative, since a chain of them is as deep
    as it is long."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        content = part.get("BinaryExpr") if isinstance(part, dict) else None
        if content and _JUNCTIONS.get(content["op"]) is kind:
            waiting += [content["right"], content["left"]]
        else:
            yield part


def _shown(expression: Any) -> str:
    return str(expression)[:200].replace("\n", " ")


def _only(node: Any) -> Tuple[str, Any]:
    """A variant of Polars's types: {"Name": content}, or "Name" alone."""
    if isinstance(node, str):
        return node, None
    ((name, content),) = node.items()
    return name, content


def _refuse(what: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"filters: Polars's {what} cannot be a filter of a shared table")


def _condition(node: Any) -> Expression:
    kind, content = _only(node)
    if kind == "Alias":
        return _condition(content[0])
    if kind == "Column":
        return Column((content,))
    if kind == "Literal":
        return condition(_literal(node))
    if kind == "BinaryExpr":
        junction = _JUNCTIONS.get(content["op"])
        if junction is not None:
            return junction.of([_condition(part) for part in _chained(node, junction)])
        return _binary(content)
    if kind == "Function":
        return _function(content)
    raise _refuse(kind)


def _binary(content: Any) -> Expression:
    op, left, right = content["op"], content["left"], content["right"]
    if op == "NotEqValidity":
        return Not(_compare("<=>", left, right))
    if op not in _COMPARISONS:
        raise _refuse(op)
    return _compare(_COMPARISONS[op], left, right)


def _compare(op: str, left: Any, right: Any) -> Expression:
    if _only(left)[0] == "Literal":
        left, right, op = right, left, MIRRORED[op]
    return Compare(op, _column(left), plain_value(_literal(right)))


def _function(content: Any) -> Expression:
    inputs = content["input"]
    family, function = _only(content["function"])
    name, options = _only(function) if function is not None else (family, None)
    options = options or {}
    if (family, name) == ("StructExpr", "FieldByName"):
        return _column({"Function": content})
    if (family, name) == ("StringExpr", "StartsWith"):
        return StartsWith(_column(inputs[0]), _text(inputs[1]))
    if family != "Boolean":
        raise _refuse(f"{family} {name}")
    if name in _HORIZONTAL:
        return _HORIZONTAL[name].of([_condition(part) for part in inputs])
    if name == "Not":
        return Not(_condition(inputs[0]))
    if name == "IsNull":
        return IsNull(_column(inputs[0]))
    if name == "IsNotNull":
        return Not(IsNull(_column(inputs[0])))
    if name == "IsIn":
        matches = found_in if options["nulls_equal"] else found_or_null
        return matches(_column(inputs[0]), _values(inputs[1]))
    if name == "IsBetween":
        column, above, below = _column(inputs[0]), *_BOUNDS[options["closed"]]
        lower, upper = (plain_value(_literal(each)) for each in inputs[1:])
        return Compare(above, column, lower) & Compare(below, column, upper)
    raise _refuse(name)


def _column(node: Any) -> Column:
    kind, content = _only(node)
    if kind == "Column":
        return Column((content,))
    if kind == "Function":
        family, function = _only(content["function"])
        if family == "StructExpr" and _only(function)[0] == "FieldByName":
            return _column(content["input"][0]).field(function["FieldByName"])
    raise _refuse(f"{kind} where a column must stand")


def _text(node: Any) -> str:
    value = _literal(node)
    if not isinstance(value, str):
        raise _refuse(f"starts_with({value!r})")
    return value


def _literal(node: Any) -> Any:
    """The Python value of a constant."""
    kind, content = _only(node)
    if kind != "Literal":
        raise _refuse(f"{kind} where a constant must stand")
    form, scalar = _only(content)
    if form not in ("Scalar", "Dyn"):
        raise _refuse(f"{form} where a constant must stand")
    kind, value = _only(scalar)
    if kind == "Null":
        return None
    if value is None:
        raise _refuse(f"{kind} that is no number")  # JSON has neither NaN nor infinity.
    if kind == "Float32":
        return struct.unpack("f", struct.pack("f", value))[0]
    if kind == "Binary":
        return bytes(value)
    if kind == "Date":
        return date(1970, 1, 1) + timedelta(days=value)
    if kind == "Datetime":
        return _datetime(*value)
    if kind == "Decimal":
        unscaled, _, scale = value
        return Decimal(unscaled).scaleb(-scale)
    if kind in ("Boolean", "String", "StringOwned", "Float64", "Float") or "Int" in kind:
        return value
    raise _refuse(f"{kind} as a constant")


def _datetime(count: int, unit: str, zone: Any) -> datetime:
    microseconds = Decimal(count) / _PER_MICROSECOND[unit]
    if microseconds != int(microseconds):
        raise InvalidArgumentError("filters: a time is told in nanoseconds; those of tables end at microseconds")
    moment = _EPOCH + timedelta(microseconds=int(microseconds))
    return moment if zone is None else moment.replace(tzinfo=timezone.utc)


def _values(node: Any) -> List[Any]:
    """What is_in looks among: a series, in the form of an IPC stream."""
    import polars as pl

    kind, content = _only(node)
    held: Any = None
    form, held = _only(content) if kind == "Literal" else (kind, None)
    if form == "Scalar":
        form, held = _only(held)
    if form not in ("List", "Series"):
        raise _refuse(f"is_in of {form}")
    series = pl.read_ipc_stream(io.BytesIO(bytes(held))).to_series(0)
    if getattr(series.dtype, "time_unit", None) == "ns":
        raise InvalidArgumentError("filters: times in nanoseconds; those of tables end at microseconds")
    return [plain_value(value) for value in series.to_list()]
