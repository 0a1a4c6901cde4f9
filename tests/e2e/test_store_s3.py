"""The S3 store against MinIO and versitygw: what it reads, the URLs it signs, the keys it hands out."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest

import server
import store_s3

LIVE_TEST = server.ROOT / "build/bin/storage_s3_live_test"
LIVE_SECONDS = 300


@pytest.fixture(scope="module", params=["minio", "versitygw"])
def store(request, tmp_path_factory):
    with store_s3.Store(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


def run_live(store, home, *arguments, **variables):
    environment = store_s3.aws_environment(home, **store.variables(), **variables)
    done = subprocess.run(
        [LIVE_TEST, "--gtest_brief=1", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LIVE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_every_store_must_do(store, tmp_path):
    run_live(store, tmp_path, "--gtest_filter=S3/*")


def test_what_only_a_running_store_shows(store, tmp_path):
    run_live(store, tmp_path, "--gtest_filter=S3Live*")


def test_tls_with_a_certificate_of_its_own(tmp_path):
    with store_s3.Store("versitygw", tmp_path / "store", tls=True) as store:
        run_live(store, tmp_path, "--gtest_filter=S3LiveStore.ItsCert*:S3/UrlSigner*")


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_urls_open_in_other_programs(store, tmp_path):
    lines = tmp_path / "urls"
    run_live(
        store, tmp_path, "--gtest_filter=*AreWrittenForOtherPrograms", SLUICE_S3_URLS=str(lines)
    )
    objects = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(objects) == 5
    for one in objects:
        assert fetch(one["url"]) == (200, one["body"])
        # As readers of Parquet fetch: a range, by a program that has its own idea of URLs.
        curl = ["curl", "-sS", "--globoff", "--fail", "--range", "6-9", one["url"]]
        assert subprocess.check_output(curl, timeout=60) == one["body"].encode()[6:10]
        assert fetch(one["url"].replace("X-Amz-Expires=", "X-Amz-Expires=1"))[0] == 403
