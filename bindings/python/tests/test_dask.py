"""Frames of Dask: partitions are tasks, read in other processes too."""

import pickle

import pandas as pd
import pyarrow as pa
import pytest
import sluice

dd = pytest.importorskip("dask.dataframe")



def test_partitions_are_the_table(at):
    frame = sluice.load_as_dask(at("default.sales"), task_bytes=1)
    whole = sluice.load_as_arrow(at("default.sales"))
    assert frame.npartitions > 3 and not frame.known_divisions
    assert list(frame.columns) == whole.column_names
    done = frame.compute(scheduler="threads")
    assert {kind.pyarrow_dtype for kind in frame.dtypes if isinstance(kind, pd.ArrowDtype)}
    assert (done.dtypes == frame.dtypes).all()
    assert pa.Table.from_pandas(done, preserve_index=False).select(whole.column_names).equals(
        pa.Table.from_pandas(whole.to_pandas(types_mapper=pd.ArrowDtype), preserve_index=False)
    )


def test_every_type_agrees_with_what_was_promised(at):
    frame = sluice.load_as_dask(at("types.all_types"), min_tasks=2)
    promised = frame.dtypes.to_dict()
    for partition in frame.partitions:
        assert partition.compute(scheduler="sync").dtypes.to_dict() == promised


def test_other_processes_read(at):
    frame = sluice.load_as_dask(at("large.wide_rows"), columns=["id"], min_tasks=4, filters="id >= 7")
    assert frame["id"].sum().compute(scheduler="processes", num_workers=2) == sum(range(7, 400_000))


def test_nothing_is_read_before_it_is_computed(at):
    frame = sluice.load_as_dask(at("large.many_files"), task_bytes=1)
    assert frame.npartitions == sluice.get_table_metadata(at("large.many_files")).num_files
    assert len(frame.partitions[3].compute(scheduler="sync")) < len(frame)


def test_a_table_without_files_is_a_frame_without_rows(at):
    frame = sluice.load_as_dask(at("default.empty"))
    assert len(frame.compute()) == 0
    assert list(frame.columns) == sluice.load_as_arrow(at("default.empty")).column_names


def test_a_version_and_a_client_that_travels(profile):
    client = pickle.loads(pickle.dumps(sluice.SharingClient(profile, max_retries=1)))
    table = client.table("tables.default.versions")
    assert len(table.to_dask(version=0)) == table.snapshot(version=0).to_arrow().num_rows
    with pytest.raises(sluice.InvalidArgumentError, match="min_tasks"):
        table.to_dask(min_tasks=0)


def test_secrets_do_not_show(at, shared):
    frame = sluice.load_as_dask(at("default.sales"))
    assert shared.token not in repr(frame) and shared.token not in repr(frame.__dask_graph__())
