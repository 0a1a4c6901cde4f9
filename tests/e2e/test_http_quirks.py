"""What clients in the field send, and need, beyond the protocol's text."""

import hashlib
import json
import re

import pytest
import wire

SALES = "tables.default.sales"
DELTA = {"delta-sharing-capabilities": "responseformat=delta;readerfeatures=deletionvectors"}


@pytest.fixture(scope="module")
def caller(shared):
    return wire.Caller(shared.endpoint, shared.token)


def names(answer):
    return sorted(item["name"] for item in answer.json()["items"])


def test_listing_without_max_results_is_whole_and_names_no_next_page(caller):
    answer = caller.get("/shares")
    assert answer.status == 200
    assert names(answer) == ["tables"]
    assert "nextPageToken" not in answer.json()
    tables = caller.get("/shares/tables/all-tables")
    assert names(tables) == sorted(
        "all_types changed empty many_files partition_types sales versions wide_rows".split()
    )
    assert "nextPageToken" not in tables.json()


@pytest.mark.parametrize("parameter", ["pageToken", "nextPageToken", "nextToken"])
def test_pages_under_each_name_of_the_token(caller, parameter):
    seen, token = [], None
    for _ in range(20):
        suffix = f"&{parameter}={token}" if token else ""
        page = caller.get(f"/shares/tables/all-tables?maxResults=3{suffix}").json()
        assert len(page["items"]) <= 3
        seen += [item["name"] for item in page["items"]]
        token = page.get("nextPageToken")
        if not token:
            break
    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize("path", ["//shares", "///shares/tables//schemas", "/shares/tables///schemas//default/tables"])
def test_doubled_slashes(caller, path):
    assert caller.get(path).status == 200


def test_names_compare_without_case_and_answers_keep_the_case(caller):
    answer = caller.get("/shares/TABLES/schemas/Default/tables")
    assert answer.status == 200
    assert {item["share"] for item in answer.json()["items"]} == {"tables"}
    assert caller.get("/shares/Tables/schemas/DEFAULT/tables/SALES/version").status == 200


def test_version_as_head_and_as_get(caller):
    path = wire.table_path("tables.default.versions")
    for method, where in (("HEAD", path), ("GET", path + "/version"), ("HEAD", path + "/version")):
        answer = caller.ask(method, where)
        assert answer.status == 200, (method, where)
        assert answer.headers["Delta-Table-Version"] == "4"
        assert method == "GET" or answer.body == b""


@pytest.mark.parametrize(
    ("timestamp", "version"),
    [
        ("2024-05-01T09:00:00Z", 0),
        ("2024-05-01T10:30:00Z", 1),
        ("2024-05-01T11:00:00.000Z", 1),
        ("2024-05-01T12:30:00%2B01:00", 2),
        ("2024-05-01T08:59:59.5-05:00", 4),
    ],
)
def test_version_at_or_after_a_timestamp_with_any_offset(caller, timestamp, version):
    path = wire.table_path("tables.default.versions") + "/version?startingTimestamp=" + timestamp
    answer = caller.get(path)
    assert answer.status == 200, answer.body
    assert answer.headers["Delta-Table-Version"] == str(version)


def test_metadata_is_exactly_two_lines_in_both_formats(caller):
    for headers in ({}, DELTA):
        answer = caller.get(wire.table_path(SALES) + "/metadata", headers=headers)
        assert answer.status == 200
        lines = answer.lines()
        assert [list(line) for line in lines] == [["protocol"], ["metaData"]]
        assert int(answer.headers["Delta-Table-Version"]) > 0
    asked = {"delta-sharing-capabilities": "responseformat=delta;includeendstreamaction=true"}
    answer = caller.get(wire.table_path(SALES) + "/metadata", headers=asked)
    assert len(answer.lines()) == 2
    assert "endstreamaction" not in answer.headers["delta-sharing-capabilities"].lower()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"predicateHints": [""], "limitHint": 0},
        {"predicateHints": ["string"]},
        {"jsonPredicateHints": "not json at all"},
        {"unknownKey": {"deep": [1, 2]}},
        {"idempotency_key": "a"},
        {"idempotencyKey": "a"},
    ],
)
def test_bodies_that_must_give_every_row(caller, body):
    plain = caller.query(SALES)
    assert len(wire.file_urls(plain)) > 100
    assert len(wire.file_urls(caller.query(SALES, body))) == len(wire.file_urls(plain))


def test_limit_hint_may_be_a_string(caller):
    files = wire.file_urls(caller.query("tables.large.many_files", {"limitHint": "5"}))
    assert files and len(files) <= 120
    numbers = wire.file_urls(caller.query("tables.large.many_files", {"limitHint": 5}))
    assert len(files) == len(numbers)


def test_a_body_may_be_absent_empty_or_chunked(caller):
    path = wire.table_path("tables.default.versions") + "/query"
    kind = {"Content-Type": "application/json"}
    assert len(wire.file_urls(caller.ask("POST", path, headers=kind).lines())) == 5
    empty = caller.ask("POST", path, body=b"", headers={**kind, "Content-Length": "0"})
    assert len(wire.file_urls(empty.lines())) == 5
    chunks = iter([b'{"limit', b'Hint": 0}'])
    chunked = caller.ask("POST", path, body=chunks, headers=kind)
    assert len(wire.file_urls(chunked.lines())) == 5


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (None, "parquet"),
        ("", "parquet"),
        ("responseformat=parquet", "parquet"),
        ("responseFormat=DELTA;readerFeatures=deletionVectors", "delta"),
        ("readerfeatures=deletionvectors,somethingnew;responseformat=delta", "delta"),
        ("responseformat=delta,parquet", "parquet"),
        ("responseformat=parquet,delta", "parquet"),
        ("nonsense;;a=b=c;responseformat=delta", "delta"),
        ("includeendstreamaction=True;responseformat=delta", "delta"),
    ],
)
def test_capabilities(caller, sent, answered):
    headers = {} if sent is None else {"delta-sharing-capabilities": sent}
    answer = caller.post(wire.table_path(SALES) + "/query", {}, headers=headers)
    assert answer.status == 200, answer.body
    assert f"responseformat={answered}" in answer.headers["delta-sharing-capabilities"]
    kind = "deltaSingleAction" if answered == "delta" else "url"
    assert all(kind in line["file"] for line in answer.lines()[2:] if "file" in line)
    assert caller.get("/shares", headers=headers).status == 200


def test_end_stream_action_only_where_asked_for(caller):
    plain = caller.query(SALES)
    assert list(plain[-1]) == ["file"]
    asked = caller.query(
        SALES, headers={"delta-sharing-capabilities": "includeendstreamaction=true"}
    )
    assert list(asked[-1]) == ["endStreamAction"]
    assert len(asked) == len(plain) + 1


def test_parquet_format_always_has_configuration_and_partition_values(caller):
    lines = caller.query("tables.default.versions")
    assert lines[1]["metaData"]["configuration"] == {}
    assert lines[1]["metaData"]["partitionColumns"] == []
    assert all(line["file"]["partitionValues"] == {} for line in lines[2:])


def test_delta_format_carries_size_and_count(caller):
    metadata = caller.query("tables.default.versions", headers=DELTA)[1]["metaData"]
    assert metadata["numFiles"] == 5
    assert metadata["size"] > 0


@pytest.mark.parametrize(("asked", "digest"), [("parquet", hashlib.md5), ("delta", hashlib.sha256)])
def test_file_id_hash_is_echoed_and_honoured(caller, asked, digest):
    answer = caller.post(
        wire.table_path("tables.default.versions") + "/query", {}, headers={"fileidhash": asked}
    )
    assert answer.headers["fileidhash"] == asked
    size = digest().digest_size * 2
    ids = [line["file"]["id"] for line in answer.lines()[2:]]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(f"[0-9a-f]{{{size}}}", each) for each in ids), ids


@pytest.fixture(scope="module")
def url(caller):
    return wire.file_urls(caller.query("tables.default.versions"))[0]


@pytest.fixture(scope="module")
def whole(url):
    answer = wire.ask_url("GET", url)
    assert answer.status == 200
    assert answer.body[:4] == answer.body[-4:] == b"PAR1"
    return answer


class TestDataFiles:
    def test_range_is_206_with_the_exact_length(self, url, whole):
        answer = wire.ask_url("GET", url, {"Range": "bytes=4-103"})
        assert answer.status == 206
        assert answer.body == whole.body[4:104]
        assert answer.headers["Content-Length"] == "100"
        assert answer.headers["Content-Range"] == f"bytes 4-103/{len(whole.body)}"

    def test_suffix_and_open_ranges(self, url, whole):
        assert wire.ask_url("GET", url, {"Range": "bytes=-8"}).body == whole.body[-8:]
        assert wire.ask_url("GET", url, {"Range": "bytes=100-"}).body == whole.body[100:]

    def test_several_ranges(self, url, whole):
        answer = wire.ask_url("GET", url, {"Range": "bytes=0-3,-4"})
        assert answer.status == 206
        assert answer.headers["Content-Type"].startswith("multipart/byteranges")
        assert answer.body.count(b"PAR1") == 2

    def test_head_has_length_and_etag_and_no_body(self, url, whole):
        answer = wire.ask_url("HEAD", url)
        assert answer.status == 200 and answer.body == b""
        assert answer.headers["Content-Length"] == str(len(whole.body))
        assert answer.headers["ETag"] == whole.headers["ETag"]
        again = wire.ask_url("GET", url, {"If-None-Match": whole.headers["ETag"]})
        assert again.status == 304 and again.body == b""

    def test_range_beyond_the_end_is_416(self, url, whole):
        answer = wire.ask_url("GET", url, {"Range": f"bytes={len(whole.body)}-"})
        assert answer.status == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(whole.body)}"

    def test_a_url_is_for_get_and_head_only(self, url):
        assert wire.ask_url("PUT", url, body=b"x").status in (403, 405)
        assert wire.ask_url("DELETE", url).status in (403, 405)

    def test_any_change_to_a_url_is_403(self, url):
        for place in range(len(url) - 1, url.index("/", len("http://")), -7):
            other = "B" if url[place] == "A" else "A"
            if url[place] in "/?&=%" or url[place - 1] in "%" or url[place - 2] in "%":
                continue
            changed = url[:place] + other + url[place + 1 :]
            answer = wire.ask_url("GET", changed)
            assert answer.status in (403, 404), (answer.status, changed)
            assert not answer.body.startswith(b"PAR1")

    def test_no_way_out_of_the_table(self, url, whole):
        base, _, name = url.partition("?")
        folder, _, _ = base.rpartition("/")
        for way in ("/../../sales/_delta_log/00000000000000000000.json", "/..%2f..%2fmade-by",
                    "/%2e%2e/%2e%2e/made-by", "/%252e%252e/x", "/%00", "//etc/passwd"):
            answer = wire.ask_url("GET", folder + way + "?" + name)
            assert answer.status in (400, 403, 404), (way, answer.status)


def test_answers_are_compressed_when_accepted(caller):
    import gzip

    path = wire.table_path(SALES) + "/query"
    plain = caller.post(path, {})
    packed = caller.post(path, {}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 2
    assert len(gzip.decompress(packed.body).splitlines()) == len(plain.body.splitlines())


def test_health_and_metrics(shared):
    base = re.match(r"https?://[^/]+", shared.endpoint).group(0)
    assert wire.ask_url("GET", base + "/health").status == 200
    metrics = wire.ask_url("GET", base + "/metrics")
    assert metrics.status == 200
    assert re.search(rb"^sluice_\w+(\{.*\})? [0-9.e+]+$", metrics.body, re.MULTILINE)


def test_every_answer_is_json_where_it_says_so(caller):
    answer = caller.get("/shares")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert json.loads(answer.body)
