"""Filters of rows: on tables written by others, exactly the rows for which the condition is true.

What is true is said here in Python, value by value, of the table as it loads without a filter.
"""

import datetime
import decimal
import math
import random
import zlib

import canonical
import expectations
import pyarrow as pa
import pytest
import real_share
import sluice

EPOCH = datetime.datetime(1970, 1, 1)
FILTERS_A_TABLE = 8
MAX_ROWS = 20_000


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def values_of(column):
    """Values that Python compares as the table's type has it; times as numbers since 1970."""
    kind = column.type
    if pa.types.is_date(kind):
        return column.cast(pa.int32()).to_pylist()
    if pa.types.is_timestamp(kind):
        return column.cast(pa.int64()).to_pylist()
    if pa.types.is_string(kind):
        return [None if text is None else text.encode() for text in column.to_pylist()]
    return column.to_pylist()


def literal(kind, value):
    """The value in SQL; None where SQL has no such literal."""
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        step = {"days": value} if pa.types.is_date(kind) else {"microseconds": value}
        try:
            time = EPOCH + datetime.timedelta(**step)
        except OverflowError:
            return None
        if pa.types.is_date(kind):
            return f"DATE '{time.date()}'"
        word = "TIMESTAMP_NTZ" if kind.tz is None else "TIMESTAMP"
        return f"{word} '{time.isoformat(' ')}{'' if kind.tz is None else 'Z'}'"
    if pa.types.is_string(kind):
        text = value.decode()
        return None if "\\" in text or not text.isprintable() else "'" + text.replace("'", "''") + "'"
    if isinstance(value, float):
        return f"CAST('{value!r}' AS double)" if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return f"CAST('{value}' AS decimal({kind.precision},{kind.scale}))"
    return str(value).upper()


def rank(value):
    """NaN is greater than all numbers, and equal to itself."""
    return (1, 0) if isinstance(value, float) and math.isnan(value) else (0, value)


COMPARISONS = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def negated(truth):
    return [None if value is None else not value for value in truth]


def both(one, other):
    return [False if False in pair else None if None in pair else True for pair in zip(one, other)]


def either(one, other):
    return negated(both(negated(one), negated(other)))


class Conditions:
    """Conditions at random on the columns of a table: SQL, and its truth for every row."""

    def __init__(self, table, seed):
        self._random = random.Random(seed)
        self._columns = []
        for name in table.column_names:
            self._add(quoted(name), table[name].combine_chunks())

    def _add(self, sql, column):
        kind = column.type
        if pa.types.is_struct(kind):
            for i in range(kind.num_fields):
                self._add(f"{sql}.{quoted(kind.field(i).name)}", self._child(column, i))
        elif not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind)):
            values = values_of(column)
            pairs = [
                (value, text)
                for value in values
                if value is not None and (text := literal(kind, value)) is not None
            ]
            self._columns.append((sql, values, pairs))

    @staticmethod
    def _child(column, i):
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks)
        return column.flatten()[i]

    def __bool__(self):
        return bool(self._columns)

    def one(self, depth=2):
        kind = self._random.choice(["leaf", "leaf", "and", "or", "not"]) if depth else "leaf"
        if kind == "leaf":
            return self._leaf()
        sql, truth = self.one(depth - 1)
        if kind == "not":
            return f"NOT ({sql})", negated(truth)
        other_sql, other = self.one(depth - 1)
        join = both if kind == "and" else either
        return f"({sql}) {kind.upper()} ({other_sql})", join(truth, other)

    def _leaf(self):
        sql, values, pairs = self._random.choice(self._columns)
        form = self._random.choice(["compare", "compare", "compare", "null", "in", "between"])
        if form == "null" or not pairs:
            return f"{sql} IS NULL", [value is None for value in values]
        (value, text), (other, other_text) = (self._random.choice(pairs) for _ in range(2))
        if form == "in":
            return f"{sql} IN ({text}, {other_text})", either(
                self._compared("=", values, value), self._compared("=", values, other)
            )
        if form == "between":
            return f"{sql} BETWEEN {text} AND {other_text}", both(
                self._compared(">=", values, value), self._compared("<=", values, other)
            )
        operator = self._random.choice(list(COMPARISONS))
        return f"{sql} {operator} {text}", self._compared(operator, values, value)

    @staticmethod
    def _compared(operator, values, value):
        holds = COMPARISONS[operator]
        return [None if each is None else holds(rank(each), rank(value)) for each in values]


def kept(table, truth):
    return table.filter(pa.array([value is True for value in truth], pa.bool_()))


def trouble_of(name, url):
    """What is wrong with filters on a table, a line each; and how many were tried."""
    whole = sluice.load_as_arrow(url)
    conditions = Conditions(whole, zlib.crc32(name.encode()))
    if not conditions or whole.num_rows > MAX_ROWS:
        return [], 0
    lines = []
    for i in range(FILTERS_A_TABLE):
        sql, truth = conditions.one()
        columns = None if i else whole.column_names[:1]
        expected = kept(whole, truth)
        expected = expected if columns is None else expected.select(columns)
        try:
            actual = sluice.load_as_arrow(url, filters=sql, columns=columns)
        except sluice.SluiceError as error:
            lines.append(f"{name}: {sql}: {error}")
            continue
        text = canonical.difference(canonical.arrow_rows(expected), canonical.arrow_rows(actual))
        if text:
            lines.append(f"{name}: {sql}: {text}")
    return lines, FILTERS_A_TABLE


def test_real_tables_give_the_rows_for_which_a_condition_is_true(real_tables, tmp_path):
    refused = set(expectations.of("sluice", True))
    names = [name for name in real_share.entries(real_tables) if name not in refused]
    trouble, tried = [], 0
    with real_share.share(real_tables, names, tmp_path) as url:
        for name in names:
            lines, count = trouble_of(name, url(name))
            trouble += lines
            tried += count
    if trouble:
        pytest.fail(f"{len(trouble)} of {tried} filters\n" + "\n".join(trouble), pytrace=False)
    assert tried > 1000
