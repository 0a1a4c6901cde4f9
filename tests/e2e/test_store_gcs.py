"""The store of Google Cloud Storage against fake-gcs-server: what it reads, and the URLs it makes."""

import subprocess

import pytest

import server
import store_gcs

LIVE_TEST = server.ROOT / "build/bin/storage_gcs_live_test"
LIVE_SECONDS = 300


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with store_gcs.Store(tmp_path_factory.mktemp("gcs")) as running:
        yield running


def run_live(home, *arguments, **variables):
    done = subprocess.run(
        [LIVE_TEST, "--gtest_brief=1", *arguments],
        env=store_gcs.google_environment(home, **variables),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LIVE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_every_store_must_do(store, tmp_path):
    run_live(tmp_path, "--gtest_filter=Gcs/*", SLUICE_GCS_ENDPOINT=store.endpoint)


def test_what_only_a_running_store_shows(store, tmp_path):
    run_live(tmp_path, "--gtest_filter=GcsLive*", SLUICE_GCS_ENDPOINT=store.endpoint)
