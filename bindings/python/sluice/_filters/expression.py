"""Conditions on rows: one tree for every way to write a filter, spelled as the SQL that the core
reads. SQL's three-valued logic: a comparison with null is neither true nor false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Sequence, Tuple, Union

from .._errors import InvalidArgumentError
from .literal import literal_sql, plain_value


class Expression:
    """A condition on the rows of a table; begins with :func:`col`.

    ``&``, ``|`` and ``~`` combine conditions; comparisons need brackets beside them, since these
    operators bind closer: ``(col("a") >= 5) & ~col("b").is_null()``.
    """

    def __and__(self, other: "Expression") -> "Expression":
        return And.of((self, other))

    def __or__(self, other: "Expression") -> "Expression":
        return Or.of((self, other))

    def __invert__(self) -> "Expression":
        return Not(condition(self))

    def __bool__(self) -> bool:
        raise TypeError("a condition has no truth before rows are read: combine with & | ~, not and or not")

    def sql(self) -> str:
        """The condition as SQL text."""
        raise NotImplementedError

    def parts(self) -> "Tuple[Expression, ...]":
        """The conditions that this one is made of."""
        return ()

    def __repr__(self) -> str:
        return f"<sluice.Expression {self.sql()}>"


@dataclass(frozen=True, eq=False, repr=False)
class Column(Expression):
    """A column, or a field of one; by itself the condition that it is true. See :func:`col`."""

    path: Tuple[str, ...]

    def sql(self) -> str:
        return ".".join("`" + name.replace("`", "``") + "`" for name in self.path)

    def field(self, name: str) -> "Column":
        """A field of a column that is a struct."""
        return Column((*self.path, _name(name)))

    def __eq__(self, value: Any) -> Expression:  # type: ignore[override]
        return Compare("=", self, plain_value(value))

    def __ne__(self, value: Any) -> Expression:  # type: ignore[override]
        return Compare("<>", self, plain_value(value))

    def __lt__(self, value: Any) -> Expression:
        return Compare("<", self, plain_value(value))

    def __le__(self, value: Any) -> Expression:
        return Compare("<=", self, plain_value(value))

    def __gt__(self, value: Any) -> Expression:
        return Compare(">", self, plain_value(value))

    def __ge__(self, value: Any) -> Expression:
        return Compare(">=", self, plain_value(value))

    __hash__ = None  # type: ignore[assignment]

    def eq_missing(self, value: Any) -> Expression:
        """Equal, where null equals null: always true or false."""
        return Compare("<=>", self, plain_value(value))

    def isin(self, values: Iterable[Any]) -> Expression:
        """Equal to one of `values`. Null matches only if None is one of them."""
        known = [plain_value(value) for value in listed(values, "isin")]
        given = [value for value in known if value is not None]
        found = In.of(self, given)
        return found if len(given) == len(known) else IsNull(self) | found

    def is_null(self) -> Expression:
        """Without a value."""
        return IsNull(self)

    def is_not_null(self) -> Expression:
        """With a value."""
        return Not(IsNull(self))

    def starts_with(self, prefix: str) -> Expression:
        """A text that begins with `prefix`."""
        if not isinstance(prefix, str):
            raise InvalidArgumentError(f"filters: starts_with({prefix!r}): the prefix is no text")
        return StartsWith(self, prefix)

    def between(self, lower: Any, upper: Any) -> Expression:
        """From `lower` to `upper`, both included."""
        return And.of([self >= lower, self <= upper])


def col(name: str, *fields: str) -> Column:
    """A column of a table by its name, to be compared: ``col("amount") >= 5``. More names go into
    structs: ``col("address", "city")``. A name is one name, whatever characters it has."""
    return Column(tuple(_name(part) for part in (name, *fields)))


@dataclass(frozen=True, eq=False, repr=False)
class Compare(Expression):
    op: str  # = <> < <= > >= <=>
    column: Column
    value: Any

    def sql(self) -> str:
        return f"{self.column.sql()} {self.op} {literal_sql(self.value)}"


@dataclass(frozen=True, eq=False, repr=False)
class In(Expression):
    """`values` are not null, and at least one."""

    column: Column
    values: Tuple[Any, ...]

    @staticmethod
    def of(column: Column, values: Sequence[Any]) -> Expression:
        return In(column, tuple(values)) if values else Constant(False)

    def sql(self) -> str:
        return f"{self.column.sql()} IN ({', '.join(literal_sql(value) for value in self.values)})"


@dataclass(frozen=True, eq=False, repr=False)
class IsNull(Expression):
    column: Column

    def sql(self) -> str:
        return f"{self.column.sql()} IS NULL"


@dataclass(frozen=True, eq=False, repr=False)
class StartsWith(Expression):
    column: Column
    prefix: str

    def sql(self) -> str:
        return f"startswith({self.column.sql()}, {literal_sql(self.prefix)})"


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Expression):
    value: bool

    def sql(self) -> str:
        return "TRUE" if self.value else "FALSE"


@dataclass(frozen=True, eq=False, repr=False)
class Not(Expression):
    child: Expression

    def sql(self) -> str:
        return f"NOT ({self.child.sql()})"

    def parts(self) -> Tuple[Expression, ...]:
        return (self.child,)


@dataclass(frozen=True, eq=False, repr=False)
class _Junction(Expression):
    children: Tuple[Expression, ...]

    @classmethod
    def of(cls, children: Sequence[Expression]) -> Expression:
        """Of at least one. One of the same kind among them is merged into the new one."""
        flat = [part for child in map(condition, children) for part in _members(cls, child)]
        return flat[0] if len(flat) == 1 else cls(tuple(flat))

    def parts(self) -> Tuple[Expression, ...]:
        return self.children

    def _joined(self, word: str) -> str:
        return f" {word} ".join(f"({child.sql()})" for child in self.children)


class And(_Junction):
    def sql(self) -> str:
        return self._joined("AND")


class Or(_Junction):
    def sql(self) -> str:
        return self._joined("OR")


def condition(value: Any) -> Expression:
    """What stands where a condition must. Errors: InvalidArgumentError."""
    if isinstance(value, bool):
        return Constant(value)
    if not isinstance(value, Expression):
        raise InvalidArgumentError(f"filters: {value!r} is no condition")
    return value


def listed(values: Any, what: str) -> Sequence[Any]:
    """Values to look among. Errors: InvalidArgumentError for a text, which is one value."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InvalidArgumentError(f"filters: {what} takes a list of values, not {values!r}")
    return list(values)


def _members(kind: type, expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, kind):
        yield from expression.parts()
    else:
        yield expression


def _name(name: Union[str, Any]) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidArgumentError(f"filters: {name!r} is no name of a column")
    return name
