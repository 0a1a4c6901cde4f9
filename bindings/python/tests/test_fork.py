"""Processes that were forked from one that loads tables load tables too, or are told why not."""

import multiprocessing
import os

import pytest
import sluice

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

TABLE = "tables.large.wide_rows"
WAIT = 60


def in_child(work, meanwhile=lambda: None):
    """What `work` returns in a forked process, and what `meanwhile` returns in this one."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_answer, args=(work, there))
    process.start()
    there.close()
    try:
        done = meanwhile()
        assert here.poll(WAIT), "the child hangs"
        return here.recv(), done
    finally:
        process.kill()
        process.join(WAIT)


def _answer(work, there):
    try:
        there.send(work())
    except BaseException as error:
        there.send(error)


def test_a_child_and_its_parent_load_at_once(profile):
    client = sluice.SharingClient(profile)
    table = client.table(TABLE)

    def load():
        return [sum(table.scan(columns=["id"]).to_arrow()["id"].to_pylist()) for _ in range(5)]

    # The parent's connections are open now, and must not be spoken on by two.
    expected = load()
    assert in_child(load, meanwhile=load) == (expected, expected)


def test_a_child_of_one_that_is_loading_loads(profile):
    client = sluice.SharingClient(profile)
    with client.scan(TABLE, columns=["id"]) as scan:
        batches = iter(scan)
        first = next(batches).num_rows
        rows, _ = in_child(lambda: client.scan(TABLE, columns=["id"]).to_arrow().num_rows)
        assert first + sum(batch.num_rows for batch in batches) == rows


def test_a_scan_belongs_to_its_process(profile):
    with sluice.SharingClient(profile).scan(TABLE) as scan:
        batches = iter(scan)
        next(batches)

        def go_on():
            with scan:
                return [batch.num_rows for batch in batches]

        error, _ = in_child(go_on)
        assert isinstance(error, Exception)
        assert "was forked" in str(error)
        assert sum(batch.num_rows for batch in batches) > 0
