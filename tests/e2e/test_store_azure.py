"""The Azure store against Azurite: what it reads, the URLs it signs, identities of Entra ID."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

import server
import store_azure

LIVE_TEST = server.ROOT / "build/bin/storage_azure_live_test"
LIVE_SECONDS = 300


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    with store_azure.Azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


def run_live(azurite, tests, **variables):
    done = subprocess.run(
        [LIVE_TEST, "--gtest_brief=1", f"--gtest_filter={tests}"],
        env={**os.environ, **azurite.variables(), **variables},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LIVE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_every_store_must_do(azurite):
    run_live(azurite, "Azure/*")


def test_what_only_a_running_store_shows(azurite):
    run_live(azurite, "AzureLiveStore*:AzureLiveUrls*")


def test_identities_of_entra_id(tmp_path):
    with store_azure.Azurite(tmp_path, https=True) as secure:
        said = run_live(secure, "AzureLiveIdentity*")
        assert "SKIPPED" not in said


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_urls_open_in_other_programs(azurite, tmp_path):
    lines = tmp_path / "urls"
    run_live(azurite, "*AreWrittenForOtherPrograms", SLUICE_AZURE_URLS=str(lines))
    objects = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(objects) == 5
    for one in objects:
        assert fetch(one["url"]) == (200, one["body"])
        # As readers of Parquet fetch: a range, by a program that has its own idea of URLs.
        curl = ["curl", "-sS", "--globoff", "--fail", "--range", "6-9", one["url"]]
        assert subprocess.check_output(curl, timeout=60) == one["body"].encode()[6:10]
        assert fetch(one["url"].replace("se=20", "se=21"))[0] == 403
