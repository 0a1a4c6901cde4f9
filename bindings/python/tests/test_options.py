"""Profiles in each form, and options of the client in each place that takes them."""

import inspect
import io
import json
import logging
import pathlib

import fsspec
import pytest
import sluice


@pytest.fixture
def document(profile):
    return json.loads(pathlib.Path(profile).read_text())


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("PROFILE", "ENDPOINT", "BEARER_TOKEN"):
        monkeypatch.delenv(f"DELTA_SHARING_{name}", raising=False)


def shares(*arguments, **options):
    return [share.name for share in sluice.SharingClient(*arguments, **options).list_shares()]


def test_every_form_of_a_profile(profile, document):
    text = json.dumps(document)
    path = pathlib.Path(profile)
    forms = [
        profile,
        path,
        path.as_uri(),
        path.open(),
        path.open("rb"),
        io.StringIO(text),
        text,
        "\n " + json.dumps(document, indent=2),
        document,
        sluice.DeltaSharingProfile.from_json(document),
    ]
    for form in forms:
        assert shares(form) == ["tables"], form


def test_urls_of_fsspec(profile, document):
    with fsspec.open("memory://profiles/p.share", "w") as file:
        json.dump(document, file)
    assert shares("memory://profiles/p.share") == ["tables"]
    url = "memory://profiles/p.share#tables.default.versions"
    assert sluice.load_as_arrow(url).num_rows == 50
    with pytest.raises(sluice.NotFoundError, match="none.share"):
        sluice.SharingClient("memory://profiles/none.share")


@pytest.mark.parametrize("form", ["path", "text", "pieces"])
def test_the_environment(profile, document, monkeypatch, form):
    if form == "pieces":
        monkeypatch.setenv("DELTA_SHARING_ENDPOINT", document["endpoint"])
        monkeypatch.setenv("DELTA_SHARING_BEARER_TOKEN", document["bearerToken"])
    else:
        monkeypatch.setenv("DELTA_SHARING_PROFILE", profile if form == "path" else json.dumps(document))
    assert shares() == ["tables"]
    assert sluice.load_as_arrow("tables.default.versions").num_rows == 50


def test_no_profile_says_what_to_set():
    with pytest.raises(sluice.InvalidArgumentError, match="DELTA_SHARING_PROFILE.*DELTA_SHARING_ENDPOINT"):
        sluice.SharingClient()
    with pytest.raises(sluice.InvalidArgumentError, match="DELTA_SHARING_PROFILE"):
        sluice.load_as_arrow("tables.default.versions")


def test_a_url_without_a_profile(document, profile):
    table = "tables.default.versions"
    assert sluice.load_as_arrow(table, profile=document).num_rows == 50
    assert sluice.get_table_version(table, profile=profile) == 4
    with pytest.raises(sluice.InvalidArgumentError, match="another is given"):
        sluice.load_as_arrow(f"{profile}#{table}", profile=document)


def test_what_a_profile_says_goes_to_the_core_as_it_stands(document):
    fields = {**document, "somethingNew": {"a": [1]}, "endpoint": document["endpoint"] + "/"}
    profile = sluice.DeltaSharingProfile.from_json(fields)
    assert json.loads(profile.to_json()) == fields
    assert profile == sluice.DeltaSharingProfile.from_json({**document})


CALLS = {
    "scan": lambda url, **options: sluice.scan(url, **options),
    "load_as_pandas": lambda url, **options: sluice.load_as_pandas(url, **options),
    "load_as_arrow": lambda url, **options: sluice.load_as_arrow(url, **options),
    "load_as_polars": lambda url, **options: sluice.load_as_polars(url, **options),
    "to_batches": lambda url, **options: list(sluice.to_batches(url, **options)),
    "dataset": lambda url, **options: sluice.dataset(url, **options),
    "duckdb_relation": lambda url, **options: sluice.duckdb_relation(url, **options),
    "scan_polars": lambda url, **options: sluice.scan_polars(url, **options).collect(),
    "get_table_version": lambda url, **options: sluice.get_table_version(url, **options),
    "get_table_metadata": lambda url, **options: sluice.get_table_metadata(url, **options),
    "get_table_protocol": lambda url, **options: sluice.get_table_protocol(url, **options),
    "scan_changes": lambda url, **options: sluice.scan_changes(url, 0, **options),
    "changes_as_pandas": lambda url, **options: sluice.load_table_changes_as_pandas(url, 0, **options),
    "changes_as_arrow": lambda url, **options: sluice.load_table_changes_as_arrow(url, 0, **options),
    "changes_as_polars": lambda url, **options: sluice.load_table_changes_as_polars(url, 0, **options),
    "iter_changes": lambda url, **options: list(sluice.iter_changes(url, 0, poll_seconds=None, **options)),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_function_takes_the_options_of_the_client(at, name):
    options = {
        "max_retries": 1,
        "timeout_ms": 30_000,
        "verify_tls": False,
        "user_agent": "test",
        "memory_budget": 1 << 26,
        "parallel_files": 2,
        "access": "url",
        "storage_options": {"region": "eu-central-1"},
        "progress": False,
    }
    CALLS[name](at("default.changed"), **options)
    with pytest.raises(sluice.InvalidArgumentError, match="tiemout_ms"):
        CALLS[name](at("default.changed"), tiemout_ms=5)


ROWS = ["load_as_pandas", "load_as_arrow", "load_as_polars", "to_batches", "write_to"]
CHANGES = [f"load_table_changes_as_{kind}" for kind in ("pandas", "arrow", "polars")]


@pytest.mark.parametrize("name", ROWS + CHANGES)
def test_functions_that_load_name_what_scans_take(name):
    scan = sluice.scan_changes if name in CHANGES else sluice.scan
    wanted = set(inspect.signature(scan).parameters)
    if name == "load_table_changes_as_pandas":
        wanted.remove("commit_milliseconds")
    assert wanted <= set(inspect.signature(getattr(sluice, name)).parameters)


def test_what_scans_take_reaches_them(at, tmp_path):
    options = {"use_delta_format": True, "jsonPredicateHints": "{}", "keep_order": False, "limit": 3}
    assert sum(batch.num_rows for batch in sluice.to_batches(at("default.sales"), **options)) == 3
    assert sluice.write_to(at("default.sales"), tmp_path / "s.csv", **options) == 3
    for load in (sluice.load_as_pandas, sluice.load_as_arrow, sluice.load_as_polars):
        assert len(load(at("default.sales"), **options)) == 3
        added = load(at("default.versions"), starting_version=2, ending_version=3, skip_change_commits=True)
        assert len(added) == 20
    changes = {"limit": 3, "keep_order": False}
    for name in CHANGES:
        assert len(getattr(sluice, name)(at("default.changed"), 0, **changes)) == 3


def test_an_option_reaches_the_core(at):
    with pytest.raises(sluice.SluiceError) as caught:
        sluice.load_as_arrow(at("default.versions"), proxy="http://127.0.0.1:1", max_retries=0)
    assert caught.value.code == "unavailable"


def test_what_is_done_is_logged_without_secrets(at, document, caplog):
    with caplog.at_level(logging.DEBUG, "sluice"):
        sluice.load_as_arrow(at("default.versions"), columns=["id"], limit=7)
    text = caplog.text
    assert "('limit', '7')" in text and "7 rows" in text and "tables.default.versions" in text
    assert document["bearerToken"] not in text


def test_an_expired_profile_is_warned_of(document, caplog):
    sluice.SharingClient({**document, "expirationTime": "2020-01-01T00:00:00Z"})
    assert "expired at 2020-01-01" in caplog.text and caplog.records[0].levelname == "WARNING"
    caplog.clear()
    sluice.SharingClient({**document, "expirationTime": "2220-01-01T00:00:00.0Z"})
    assert not caplog.records
