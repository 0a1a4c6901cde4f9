"""write_to and to_batches."""

import os
import stat

import deltalake
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet
import pytest
import server
import sluice

import canonical


def same(expected, actual):
    return canonical.difference(canonical.arrow_rows(expected), canonical.arrow_rows(actual)) is None


def test_parquet(at, tmp_path):
    path = tmp_path / "sales.parquet"
    assert sluice.write_to(at("default.sales"), path) == 4750
    loaded = sluice.load_as_arrow(at("default.sales"))
    assert same(loaded, parquet.read_table(path))
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert list(tmp_path.iterdir()) == [path]


def test_parquet_keeps_every_type(at, tmp_path):
    path = tmp_path / "types.parquet"
    sluice.write_to(at("types.all_types"), path)
    loaded = sluice.load_as_arrow(at("types.all_types"))
    assert parquet.read_table(path).schema.equals(loaded.schema)
    assert same(loaded, parquet.read_table(path))


def test_csv(at, tmp_path):
    path = tmp_path / "v.csv"
    assert sluice.write_to(at("default.versions"), path, version=1) == 20
    assert sorted(csv.read_csv(path)["id"].to_pylist()) == list(range(20))


def test_csv_names_what_it_cannot_hold(at, tmp_path):
    with pytest.raises(sluice.InvalidArgumentError, match="list.*map.*struct"):
        sluice.write_to(at("types.all_types"), tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []


def test_delta(at, tmp_path):
    place = tmp_path / "copy"
    assert sluice.write_to(at("default.sales"), place, "delta") == 4750
    assert same(
        sluice.load_as_arrow(at("default.sales")), pa.table(deltalake.DeltaTable(str(place)).to_pyarrow_table())
    )
    with pytest.raises(sluice.AlreadyExistsError):
        sluice.write_to(at("default.sales"), place, "delta")
    assert sluice.write_to(at("default.sales"), place, "delta", "append", limit=10) == 10
    assert deltalake.DeltaTable(str(place)).to_pyarrow_table().num_rows == 4760
    sluice.write_to(at("default.sales"), place, "delta", "overwrite")
    assert deltalake.DeltaTable(str(place)).to_pyarrow_table().num_rows == 4750


def test_what_is_there_stays_unless_told_otherwise(at, tmp_path):
    path = tmp_path / "v.parquet"
    path.write_text("mine")
    with pytest.raises(sluice.AlreadyExistsError, match="overwrite"):
        sluice.write_to(at("default.versions"), path)
    assert path.read_text() == "mine"
    sluice.write_to(at("default.versions"), path, mode="overwrite")
    assert parquet.read_table(path).num_rows == 50


def test_a_failure_leaves_nothing_behind(tmp_path):
    place = tmp_path / "tables/broken"
    deltalake.write_deltalake(str(place), pa.table({"id": [1]}))
    out = tmp_path / "out"
    out.mkdir()
    with server.SharedFolder(tmp_path / "tables", tmp_path / "p.share") as shared:
        next(place.glob("*.parquet")).unlink()
        with pytest.raises(sluice.SluiceError) as caught:
            sluice.write_to(f"{shared.profile}#tables.default.broken", out / "b.parquet")
        assert caught.value.code != "internal"
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("t", {}, "format="),
        ("t.xlsx", {}, "format="),
        ("t", {"format": "xlsx"}, "xlsx"),
        ("t.csv", {"mode": "append"}, "append"),
        ("t.csv", {"mode": "replace"}, "replace"),
    ],
)
def test_wrong_parameters(at, tmp_path, name, arguments, word):
    with pytest.raises(sluice.InvalidArgumentError, match=word):
        sluice.write_to(at("default.versions"), tmp_path / name, **arguments)


@pytest.mark.parametrize("batch_size", [None, 1, 7, 1000, 10_000])
def test_batches(at, batch_size):
    batches = list(sluice.to_batches(at("default.sales"), batch_size))
    assert same(sluice.load_as_arrow(at("default.sales")), pa.Table.from_batches(batches))
    if batch_size is not None:
        sizes = [batch.num_rows for batch in batches]
        assert set(sizes[:-1]) <= {batch_size} and 0 < sizes[-1] <= batch_size


def test_batches_of_nothing(at):
    assert list(sluice.to_batches(at("default.empty"), 10)) == []
    with pytest.raises(sluice.InvalidArgumentError, match="batch_size"):
        sluice.to_batches(at("default.empty"), 0)
