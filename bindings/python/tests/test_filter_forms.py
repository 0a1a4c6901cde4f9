"""Every way to write a filter, as the SQL that the core is given. What it does with rows is in
test_filters.py."""

import datetime
import decimal

import numpy
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import sluice
from sluice._filters import filter_sql, pushdown

col, field, pcol = sluice.col, pc.field, pl.col
UTC = datetime.timezone.utc
EAST = datetime.timezone(datetime.timedelta(hours=2))
DAY = datetime.date(2024, 5, 1)
NOON = datetime.datetime(2024, 5, 1, 12, 0, 0, 4)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (True, "TRUE"),
        (-5, "-5"),
        (2**70, "1180591620717411303424"),
        (1.5, "1.5D"),
        (1e300, "1e+300D"),
        (float("nan"), "CAST('NaN' AS DOUBLE)"),
        (float("-inf"), "CAST('-Infinity' AS DOUBLE)"),
        ("it's \\ \n\0", r"'it\'s \\ \n\u0000'"),
        (b"a\xff\0", "X'61ff00'"),
        (bytearray(b"a"), "X'61'"),
        (DAY, "DATE '2024-05-01'"),
        (NOON, "TIMESTAMP_NTZ '2024-05-01 12:00:00.000004'"),
        (NOON.replace(tzinfo=EAST), "TIMESTAMP '2024-05-01 10:00:00.000004Z'"),
        (decimal.Decimal("1.50"), "1.50BD"),
        (decimal.Decimal("-1E+3"), "-1000BD"),
        (None, "NULL"),
        (numpy.int8(-3), "-3"),
        (numpy.float32(0.5), "0.5D"),
        (numpy.bool_(False), "FALSE"),
        (numpy.str_("a"), "'a'"),
        (numpy.datetime64("2024-05-01"), "DATE '2024-05-01'"),
        (numpy.datetime64("2024-05-01T12:00:00", "ns"), "TIMESTAMP_NTZ '2024-05-01 12:00:00'"),
        (numpy.datetime64("NaT"), "NULL"),
        (pd.Timestamp("2024-05-01", tz="UTC"), "TIMESTAMP '2024-05-01 00:00:00Z'"),
        (pd.NaT, "NULL"),
        (pd.NA, "NULL"),
        (pa.scalar(7, pa.int16()), "7"),
    ],
)
def test_constants(value, literal):
    assert filter_sql(col("x") == value) == f"`x` = {literal}"


@pytest.mark.parametrize(
    "value",
    [
        object(),
        [1],
        numpy.array([1, 2]),
        datetime.timedelta(1),
        datetime.time(1),
        pd.Timestamp(1),
        numpy.datetime64(1, "ns"),
        decimal.Decimal("NaN"),
        decimal.Decimal("1e40"),
        "\ud800",
        1j,
        col("y"),
    ],
)
def test_what_is_no_constant_is_refused(value):
    with pytest.raises(sluice.InvalidArgumentError, match="^filters: "):
        filter_sql(col("x") == value)


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (col("a") >= 5, "`a` >= 5"),
        (5 < col("a"), "`a` > 5"),
        (col("a") != "x", "`a` <> 'x'"),
        (col("a", "b").field("c d") == 1, "`a`.`b`.`c d` = 1"),
        (col("a.b`c") < 1, "`a.b``c` < 1"),
        ((col("a") > 1) & (col("b") > 2) & col("c"), "(`a` > 1) AND (`b` > 2) AND (`c`)"),
        ((col("a") > 1) | ~col("c"), "(`a` > 1) OR (NOT (`c`))"),
        (col("a").isin([1, 2]), "`a` IN (1, 2)"),
        (col("a").isin(["x", None]), "(`a` IS NULL) OR (`a` IN ('x'))"),
        (col("a").isin([]), "FALSE"),
        (col("a").is_null(), "`a` IS NULL"),
        (col("a").is_not_null(), "NOT (`a` IS NULL)"),
        (col("a").starts_with("x%"), "startswith(`a`, 'x%')"),
        (col("a").between(1, 2), "(`a` >= 1) AND (`a` <= 2)"),
        (col("a").eq_missing(None), "`a` <=> NULL"),
        (col("flag"), "`flag`"),
        ("a > 1 -- as it is", "a > 1 -- as it is"),
        (None, None),
    ],
)
def test_our_own_expressions(condition, sql):
    assert filter_sql(condition) == sql


def test_conditions_have_no_truth():
    with pytest.raises(TypeError, match="&"):
        (col("a") > 1) and (col("b") > 2)
    assert repr(col("a") > 1) == "<sluice.Expression `a` > 1>"


@pytest.mark.parametrize(
    "make",
    [
        lambda: col(""),
        lambda: col("a") & 1,
        lambda: col("a").isin("abc"),
        lambda: col("a").isin(5),
        lambda: col("a").starts_with(b"x"),
        lambda: filter_sql(5),
        lambda: filter_sql([]),
        lambda: filter_sql([[]]),
        lambda: filter_sql([("a", "=")]),
        lambda: filter_sql([("a", "~", 1)]),
        lambda: filter_sql([("a", "in", "abc")]),
        lambda: filter_sql([("", "=", 1)]),
        lambda: filter_sql([("a", "=", 1), [("b", "=", 1)]]),
    ],
)
def test_what_is_no_condition_is_refused(make):
    with pytest.raises(sluice.InvalidArgumentError, match="^filters: "):
        make()


@pytest.mark.parametrize(
    ("filters", "sql"),
    [
        ([("a", "=", 1)], "`a` = 1"),
        ([("a", "==", 1), ("b", "!=", "x")], "(`a` = 1) AND (`b` <> 'x')"),
        ([[("a", "<", 1)], [("a", ">=", 5), ("b", "<=", 2)]], "(`a` < 1) OR ((`a` >= 5) AND (`b` <= 2))"),
        ([(("a", "b"), ">", DAY)], "`a`.`b` > DATE '2024-05-01'"),
        ([("a.b", ">", 1)], "`a.b` > 1"),
        # As in pyarrow, null is in a list or not, and never in between.
        ([("a", "in", {1})], "(NOT (`a` IS NULL)) AND (`a` IN (1))"),
        ([("a", "not in", (1,))], "NOT ((NOT (`a` IS NULL)) AND (`a` IN (1)))"),
        ([("a", "in", [1, None])], "(`a` IS NULL) OR (`a` IN (1))"),
    ],
)
def test_tuples_as_pyarrow_takes_them(filters, sql):
    assert filter_sql(filters) == sql


@pytest.mark.parametrize(
    ("expression", "sql"),
    [
        ((field("a") > 5) & ~(field("b") == "x"), "(`a` > 5) AND (NOT (`b` = 'x'))"),
        ((field("a") > 5) | (field("a") < 2) | (field("b") == 1), "(`a` > 5) OR (`a` < 2) OR (`b` = 1)"),
        (pc.scalar(3) <= field("a"), "`a` >= 3"),
        (field("s", "t").is_null(), "`s`.`t` IS NULL"),
        (field("a").is_valid(), "NOT (`a` IS NULL)"),
        (field("a").isin(["x", None]), "(`a` IS NULL) OR (`a` IN ('x'))"),
        (field("a").isin([1]), "(NOT (`a` IS NULL)) AND (`a` IN (1))"),
        (pc.starts_with(field("a"), "x"), "startswith(`a`, 'x')"),
        (field("a") == NOON.replace(tzinfo=UTC), "`a` = TIMESTAMP '2024-05-01 12:00:00.000004Z'"),
        (field("a") == NOON, "`a` = TIMESTAMP_NTZ '2024-05-01 12:00:00.000004'"),
        (field("a") == DAY, "`a` = DATE '2024-05-01'"),
        (field("a") == decimal.Decimal("1.50"), "`a` = 1.50BD"),
        (field("a") == b"\xff", "`a` = X'ff'"),
        (field("a") == None, "`a` = NULL"),  # noqa: E711
        (field("flag"), "`flag`"),
        (pc.scalar(True), "TRUE"),
        (
            pc.if_else(field("a").is_valid(), field("a").isin(["x"]), pa.scalar(None, pa.bool_())),
            "`a` IN ('x')",
        ),
    ],
)
def test_expressions_of_pyarrow(expression, sql):
    assert filter_sql(expression) == sql


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        (field("a") > field("b"), "constant"),
        (field("a") + 1 > 2, r"add"),
        (field("a").cast("int32") == 3, "cast"),
        (pc.match_substring_regex(field("a"), "^x"), "match_substring_regex"),
        (field(0) == 1, "FieldPath"),
        (field("a").is_null(nan_is_null=True), "NaN"),
        (pc.starts_with(field("a"), "x", ignore_case=True), "ignore_case"),
        (field("a") == datetime.timedelta(1), "timedelta"),
        (pc.if_else(field("a"), field("b"), field("c")), "if_else"),
    ],
)
def test_expressions_of_pyarrow_that_are_refused(expression, word):
    with pytest.raises(sluice.InvalidArgumentError, match=word):
        filter_sql(expression)


@pytest.mark.parametrize(
    ("expression", "sql"),
    [
        ((pcol("a") > 5) & ~(pcol("b") == "x"), "(`a` > 5) AND (NOT (`b` = 'x'))"),
        ((pcol("a") > 5) | (pcol("b") != 1.5), "(`a` > 5) OR (`b` <> 1.5D)"),
        (3 >= pcol("a"), "`a` <= 3"),
        (pcol("s").struct.field("t").struct.field("u") == 1, "`s`.`t`.`u` = 1"),
        (pcol("a").is_null() | pcol("b").is_not_null(), "(`a` IS NULL) OR (NOT (`b` IS NULL))"),
        # As in Polars, null is null, and a null among the values counts for nothing.
        (pcol("a").is_in([1, 2, None]), "`a` IN (1, 2)"),
        (pcol("a").is_in([1, None], nulls_equal=True), "(`a` IS NULL) OR (`a` IN (1))"),
        (pcol("a").is_in(pl.Series(["x"])), "`a` IN ('x')"),
        (pcol("a").is_in([DAY]), "`a` IN (DATE '2024-05-01')"),
        (pcol("a").is_between(1, 5), "(`a` >= 1) AND (`a` <= 5)"),
        (pcol("a").is_between(1, 5, closed="right"), "(`a` > 1) AND (`a` <= 5)"),
        (pcol("a").str.starts_with("x"), "startswith(`a`, 'x')"),
        (pcol("a") == DAY, "`a` = DATE '2024-05-01'"),
        (pcol("a") == NOON, "`a` = TIMESTAMP_NTZ '2024-05-01 12:00:00.000004'"),
        (pcol("a") == NOON.replace(tzinfo=EAST), "`a` = TIMESTAMP '2024-05-01 10:00:00.000004Z'"),
        (pcol("a") == decimal.Decimal("-1.50"), "`a` = -1.50BD"),
        (pcol("a") == b"\xff", "`a` = X'ff'"),
        (pcol("a") == 2**70, "`a` = 1180591620717411303424"),
        (pcol("a") == pl.lit(0.1, dtype=pl.Float32), "`a` = 0.10000000149011612D"),
        (pcol("a").eq_missing(None), "`a` <=> NULL"),
        (pcol("a").ne_missing(3), "NOT (`a` <=> 3)"),
        (pl.all_horizontal(pcol("a") > 1, pcol("b") > 2), "(`a` > 1) AND (`b` > 2)"),
        (pcol("flag"), "`flag`"),
        (pl.lit(True), "TRUE"),
        ((pcol("a") > 1).alias("b"), "`a` > 1"),
    ],
)
def test_expressions_of_polars(expression, sql):
    assert filter_sql(expression) == sql


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        (pcol("a") > pcol("b"), "Column"),
        (pcol("a") + 1 > 2, "BinaryExpr"),
        (pcol("a").cast(pl.Int64) == 3, "Cast"),
        (pcol("a").str.contains("x"), "Contains"),
        (pcol("a").sum() > 1, "Agg"),
        (pcol("a") == datetime.timedelta(1), "Duration"),
        (pcol("a") == pl.lit(1, dtype=pl.Datetime("ns")), "Cast|nanoseconds"),
        (pcol("a").is_in(pcol("b")), "Column"),
        (pl.col("a", "b") > 1, "."),
    ],
)
def test_expressions_of_polars_that_are_refused(expression, word):
    with pytest.raises(sluice.InvalidArgumentError, match=f"^filters: .*{word}"):
        filter_sql(expression)


DOUBLE = pl.lit(2.5, dtype=pl.Float64)
SCHEMA = pa.schema(
    [
        ("i", pa.int64()),
        ("f32", pa.float32()),
        ("f", pa.float64()),
        ("s", pa.string()),
        ("t", pa.timestamp("us", "UTC")),
        ("d", pa.decimal128(10, 2)),
        ("st", pa.struct([("a", pa.int32())])),
    ]
)


@pytest.mark.parametrize(
    ("predicate", "sql"),
    [
        ((field("i") > 1) & pc.match_substring(field("s"), "x"), "`i` > 1"),
        ((field("i") > 1) | pc.match_substring(field("s"), "x"), None),
        ((field("i") > 1) & (field("f") > 1.5), "(`i` > 1) AND (`f` > 1.5D)"),
        (field("st", "a") == 3, "`st`.`a` = 3"),
        # NaN is not greater than anything for pyarrow, and greater than all for SQL.
        (~(field("f") > 1.5), None),
        (~(field("i") > 1), "NOT (`i` > 1)"),
        (~~(field("f") > 1.5), "NOT (NOT (`f` > 1.5D))"),
        (field("f") == float("nan"), None),
        # pyarrow compares these as doubles.
        (field("i") > 1.5, None),
        (field("d") > 1.5, None),
        (field("f") > 2**60, None),
        # pyarrow rounds these among others, and not alone.
        (field("f32") > 0.1, None),
        (field("f32").isin([0.1]), None),
        (field("f32") > 1e300, None),
        (field("f32") > 0.5, "`f32` > 0.5D"),
        (field("t") > NOON, None),
        (field("nothing") > 1, None),
        (field("i").isin(list(range(6000))), None),
    ],
)
def test_what_is_pushed_of_a_predicate_of_pyarrow(predicate, sql):
    pushed = pushdown.of_arrow(predicate, SCHEMA)
    assert (None if pushed is None else pushed.sql()) == sql


@pytest.mark.parametrize(
    ("predicate", "sql"),
    [
        ((pcol("i") > 1) & pcol("s").str.contains("x") & (pcol("f") < DOUBLE), "(`i` > 1) AND (`f` < 2.5D)"),
        ((pcol("i") > 1) | pcol("s").str.contains("x"), None),
        (pcol("i").cast(pl.Float64) > 2.5, None),
        # Without a type, Polars would round it to the column's.
        (pcol("f") < 2.5, None),
    ],
)
def test_what_is_pushed_of_a_predicate_of_polars(predicate, sql):
    pushed = pushdown.of_polars(predicate)
    assert (None if pushed is None else pushed.sql()) == sql
