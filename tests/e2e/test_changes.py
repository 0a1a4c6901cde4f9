"""Changes of tables that deltalake writes, loaded by the official client in both formats.

Those of tables written by others are in test_real_tables.py.
"""

import collections

import canonical
import deltalake
import pyarrow as pa
import pytest
import server
import workers

FORMATS = [False, True]
FORMAT_NAMES = ["parquet", "delta"]


def without_times(rows):
    """deltalake tells times of commits that are not those of the files."""
    names, values = rows
    at = names.index("_commit_timestamp")
    return names[:at] + names[at + 1 :], [row[:at] + row[at + 1 :] for row in values]


def rows_of(ids, values):
    return pa.table({"id": pa.array(ids, pa.int64()), "value": pa.array(values, pa.string())})


def write_with_feed(place, partitioned):
    """A table that deltalake has written to in every way, with a feed of changes."""
    deltalake.write_deltalake(
        place,
        rows_of([1, 2, 3, 4], ["a", "b", "a", "b"]),
        partition_by=["value"] if partitioned else None,
        configuration={"delta.enableChangeDataFeed": "true"},
    )
    deltalake.write_deltalake(place, rows_of([5, 6], ["c", "a"]), mode="append")
    table = deltalake.DeltaTable(place)
    table.update(predicate="id = 2", updates={"id": "20"})
    table.delete("id = 3")
    (
        table.merge(
            rows_of([1, 5, 7], ["a", "c", "new"]),
            predicate="s.id = t.id",
            source_alias="s",
            target_alias="t",
        )
        .when_matched_update({"value": "'merged'"})
        .when_not_matched_insert({"id": "s.id", "value": "s.value"})
        .execute()
    )
    table.optimize.compact()
    table.delete("value = 'merged'")
    deltalake.write_deltalake(place, rows_of([8], ["over"]), mode="overwrite")
    return deltalake.DeltaTable(place)


@pytest.mark.parametrize("delta", FORMATS, ids=FORMAT_NAMES)
@pytest.mark.parametrize("partitioned", [False, True], ids=["plain", "partitioned"])
def test_changes_of_a_table_that_deltalake_writes(tmp_path, delta, partitioned):
    place = tmp_path / "tables" / "feed"
    table = write_with_feed(str(place), partitioned)
    expected = pa.table(table.load_cdf(starting_version=0).read_all())
    with server.SharedFolder(tmp_path / "tables", tmp_path / "x.share") as running:
        url = f"{running.profile}#tables.default.feed"
        job = workers.Job("feed", url, delta, 0)
        result = workers.load("official", [job], tmp_path)["feed", delta]
    assert "rows" in result, result
    wanted = without_times(canonical.arrow_rows(expected, lossy=True))
    assert canonical.difference(wanted, without_times(result["rows"])) is None
    # Adding up the changes gives the table.
    names, rows = result["rows"]
    net = collections.Counter()
    for row in rows:
        values = dict(zip(names, row))
        sign = 1 if values["_change_type"] in ("insert", "update_postimage") else -1
        net[values["id"], values["value"]] += sign
    assert +net == collections.Counter([(8, "over")]) and not -net
