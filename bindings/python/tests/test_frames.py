"""Columns of a frame come as pyarrow converts them as a whole, wherever their nulls are."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sluice import _pandas

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 11, 29, 12, 30, 0, 123456)

VALUES = {
    pa.int8(): [1, -2, 3],
    pa.int16(): [1, -2, 3],
    pa.int32(): [1, -2, 3],
    pa.int64(): [1, -(2**60), 3],
    pa.float32(): [1.5, -0.0, 1e30],
    pa.float64(): [1.5, -0.0, float("inf")],
    pa.bool_(): [True, False, True],
    pa.string(): ["a", "", "ü"],
    pa.binary(): [b"a", b"", b"\xff"],
    pa.date32(): [START.date(), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)],
    pa.timestamp("us"): [START, datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)],
    pa.timestamp("us", "UTC"): [START.replace(tzinfo=UTC), datetime.datetime(1, 1, 1, tzinfo=UTC)],
    pa.decimal128(10, 2): [decimal.Decimal("1.25"), decimal.Decimal("-3.00")],
    pa.list_(pa.int64()): [[1, 2], [], [None]],
    pa.null(): [None],
}
#: Which chunks have a null.
NULLS = {"none": "...", "first": "n..", "late": "..n", "all": "nnn", "no rows": ""}


def chunks_of(type_, where):
    values = VALUES[type_]
    return [pa.array(values + [None] * (mark == "n") + values, type_) for mark in where]


@pytest.mark.parametrize("where", NULLS.values(), ids=NULLS)
@pytest.mark.parametrize("type_", VALUES, ids=str)
def test_a_column_is_as_a_whole_one(type_, where):
    field = pa.field("c", type_)
    table = pa.table({"c": pa.chunked_array(chunks_of(type_, where), type_)})
    expected = _pandas.convert(table)["c"]
    kind = _pandas.convert(pa.schema([field]).empty_table()).dtypes.iloc[0]
    column = _pandas._column(field, kind)
    for chunk in chunks_of(type_, where):
        column.add(chunk)
    made = pd.Series(column.finish(), copy=False, name="c")
    pd.testing.assert_series_equal(made, expected)


@pytest.mark.parametrize("where", NULLS.values(), ids=NULLS)
def test_texts_of_dictionaries_are_shared_objects(where):
    field = pa.field("c", pa.dictionary(pa.int32(), pa.string()))
    column = _pandas._column(field, None)
    expected = []
    for chunk in chunks_of(pa.string(), where):
        expected += chunk.to_pylist()
        column.add(chunk.dictionary_encode().cast(field.type))
    made = column.finish()
    assert made.dtype == object
    assert list(made) == expected
    assert len({id(value) for value in made}) == len(set(expected))


def test_an_array_grows_where_it_lies():
    array = _pandas._Array(np.int64)
    for begin in range(0, 100_000, 1000):
        array.more(1000)[:] = np.arange(begin, begin + 1000)
    assert (array.finish() == np.arange(100_000)).all()
