"""What clients in the field send and rely on, as each of them does it.

docs/clients.md has the table: which oddity is held by which test, here and in test_http_quirks.py.
"""

import json
import pathlib
import re

import official
import pyarrow as pa
import pytest
import server
import wire
from deltalake import write_deltalake

TABLE = "tables.default.changed"
FEATURES = "readerfeatures=deletionvectors,columnmapping,timestampntz"
FORMATS = pytest.mark.parametrize("format", ["parquet", "delta"])
#: As the Spark connector names itself while it follows a table.
STREAMING = (
    "Delta-Sharing-SparkStructuredStreaming/1.4.0 Spark/4.0.0 QueryId-8f4e8a3b callerOrg-42  "
    "Hadoop/3.4.1 Linux/6.1.0 OpenJDK_64-Bit_Server_VM/17.0.15 java/17.0.15 scala/2.13.16"
)


@pytest.fixture(scope="module")
def caller(shared):
    return wire.Caller(shared.endpoint, shared.token)


def capabilities_of(answer):
    """As the Spark connector takes them apart."""
    pairs = [pair.split("=") for pair in answer.headers["delta-sharing-capabilities"].lower().split(";")]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def spark_headers(format):
    features = f";{FEATURES}" if format == "delta" else ""
    return {
        "User-Agent": STREAMING,
        "delta-sharing-capabilities": f"responseformat={format}{features};includeendstreamaction=true",
        "fileidhash": format,
    }


@FORMATS
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/metadata", None),
        ("POST", "/query", {}),
        ("POST", "/query", {"version": 2}),
        ("POST", "/query", {"startingVersion": 0}),
        ("GET", "/changes?startingVersion=0", None),
    ],
)
def test_every_answer_of_a_table_tells_its_version_and_format(caller, format, method, path, body):
    headers = {"delta-sharing-capabilities": f"responseformat={format};{FEATURES}"}
    answer = caller.ask(method, wire.table_path(TABLE) + path, body=body, headers=headers)
    assert answer.status == 200, answer.body
    assert re.fullmatch(r"\d+", answer.headers["Delta-Table-Version"])
    # The official client looks for this very text, R reads the format from it.
    assert f"responseformat={format}" in answer.headers["delta-sharing-capabilities"]
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    first, second = answer.lines()[:2]
    assert list(first) == ["protocol"] and list(second) == ["metaData"]
    assert ("deltaProtocol" in first["protocol"]) == (format == "delta")


@FORMATS
@pytest.mark.parametrize(
    "body",
    [
        {"predicateHints": [], "limitHint": 3, "includeRefreshToken": False},
        {"predicateHints": [], "startingVersion": 1, "endingVersion": 4},
        {"predicateHints": [], "startingVersion": 1, "includeHistoricalProtocol": True},
    ],
)
def test_queries_of_the_spark_connector(caller, format, body):
    answer = caller.post(
        wire.table_path(TABLE) + "/query",
        json.dumps(body).encode(),
        headers={**spark_headers(format), "Content-type": "application/json"},
    )
    assert answer.status == 200, answer.body
    assert capabilities_of(answer)["responseformat"] == format
    # It retries where one was promised and does not come.
    assert capabilities_of(answer)["includeendstreamaction"] == "true"
    assert list(answer.lines()[-1]) == ["endStreamAction"]
    assert answer.headers["fileidhash"] == format
    assert len(answer.lines()) > 3


@FORMATS
def test_changes_of_the_spark_connector(caller, format):
    path = "/changes?startingVersion=0&endingVersion=3&includeHistoricalMetadata=true"
    answer = caller.get(wire.table_path(TABLE) + path, headers=spark_headers(format))
    assert answer.status == 200, answer.body
    assert answer.headers["fileidhash"] == format
    lines = answer.lines()
    assert list(lines[-1]) == ["endStreamAction"]
    kinds = {
        kind
        for line in lines[2:-1]
        for kind in (line["file"]["deltaSingleAction"] if format == "delta" else line)
    }
    assert kinds <= {"add", "remove", "cdc", "cdf", "metaData"} and len(kinds) >= 2, kinds


@FORMATS
def test_pages_of_the_spark_connector_begin_alike(caller, format):
    """It compares version, format, protocol and metadata of each page with those of the first."""
    path = wire.table_path(TABLE) + "/query"
    body, heads, files = {"predicateHints": [], "startingVersion": 0, "maxFiles": 2}, set(), []
    for _ in range(100):
        answer = caller.post(path, body, headers=spark_headers(format))
        assert answer.status == 200, answer.body
        lines = answer.body.splitlines()
        version = answer.headers["Delta-Table-Version"]
        heads.add((version, capabilities_of(answer)["responseformat"], *lines[:2]))
        *page, end = answer.lines()[2:]
        files += page
        token = end["endStreamAction"].get("nextPageToken")
        if not token:
            break
        body = {**body, "pageToken": token}
    assert len(heads) == 1
    whole = caller.query(TABLE, {"startingVersion": 0}, headers=spark_headers(format))
    assert len(files) == len(whole) - 3 > 6


def raw(running, method, path, headers, body=b""):
    """An exchange as bytes: what a client sends is sent, to the letter."""
    base = "/" + running.endpoint.split("/", 3)[3]
    head = [f"{method} {base}{path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    received = wire.exchange_bytes(
        running.endpoint, "\r\n".join([*head, "", ""]).encode() + body
    )
    head, _, content = received.partition(b"\r\n\r\n")
    return wire.status_of(received), head.decode().lower(), content


class TestGo:
    """The requests of go_delta_sharing_client: no capabilities, JSON as a content type on
    everything, a doubled slash before queries, bodies in chunks, the version by HEAD."""

    @pytest.fixture
    def headers(self, shared):
        return [
            "User-Agent: Go-http-client/1.1",
            f"Authorization: Bearer {shared.token}",
            "Content-Type: application/json; charset=UTF-8",
        ]

    def test_listings(self, shared, headers):
        for path in ("/shares", "/shares?maxResults=10", "/shares/tables/all-tables"):
            status, _, body = raw(shared, "GET", path, headers)
            content = json.loads(body)
            assert status == 200 and content["items"] and "nextPageToken" not in content

    def test_version(self, shared, headers):
        status, head, body = raw(shared, "HEAD", wire.table_path(TABLE), headers)
        assert status == 200 and body == b""
        assert re.search(r"delta-table-version: \d+\r?$", head, re.MULTILINE)

    def test_metadata_is_two_lines(self, shared, headers):
        status, _, body = raw(shared, "GET", wire.table_path(TABLE) + "/metadata", headers)
        assert status == 200
        assert len([line for line in body.split(b"\n") if line]) == 2

    def test_query(self, shared, caller, headers):
        body = b'{"predicateHints":[""],"limitHint":0}'
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        status, head, content = raw(
            shared,
            "POST",
            "/" + wire.table_path(TABLE) + "/query",
            [*headers, "Transfer-Encoding: chunked"],
            chunks,
        )
        assert status == 200, content
        assert content.count(b'{"file":') == len(wire.file_urls(caller.query(TABLE)))

    def test_changes(self, shared, headers):
        path = wire.table_path(TABLE) + "/changes?startingVersion=0&endingVersion=4"
        status, _, body = raw(shared, "GET", path, headers)
        assert status == 200 and b'{"cdf":' in body and b'{"add":' in body


def test_a_body_without_a_content_type(shared):
    body = b'{"limitHint": 1}'
    status, _, content = raw(
        shared,
        "POST",
        wire.table_path(TABLE) + "/query",
        [f"Authorization: Bearer {shared.token}", f"Content-Length: {len(body)}"],
        body,
    )
    assert status == 200 and content.count(b'{"file":') == 1


def test_max_results_of_zero_is_a_page_without_items(caller):
    page = caller.get("/shares/tables/all-tables?maxResults=0").json()
    assert page["items"] == []
    rest = caller.get(f"/shares/tables/all-tables?pageToken={page['nextPageToken']}")
    # The number asked for is no part of the question: a page may be of another size.
    assert rest.status == 200 and len(rest.json()["items"]) == 8


def test_an_empty_listing_has_items(data, tmp_path):
    """The Rust client demands the key."""
    config = tmp_path / "server.yaml"
    schema = {"name": "empty", "tables": []}
    config.write_text(
        json.dumps(
            {
                "version": 1,
                "shares": [{"name": "bare", "schemas": []}, {"name": "thin", "schemas": [schema]}],
                "host": "127.0.0.1",
                "port": 0,
            }
        )
    )
    with server.Configured(config) as running:
        caller = wire.Caller(running.endpoint, None)
        for path in ("/bare/schemas", "/bare/all-tables", "/thin/schemas/empty/tables"):
            assert caller.get("/shares" + path).json() == {"items": []}, path


@pytest.mark.parametrize(
    "timestamp",
    [
        "2024-05-01T12:00:00Z",
        "2024-05-01T12:00:00.000Z",
        "2024-05-01T12:59:59.999999Z",
        "2024-05-01T14:30:00+02:00",
        "2024-05-01T14:30:00.5+02:00",
    ],
)
def test_times_in_bodies_may_have_fractions_and_offsets(caller, timestamp):
    lines = caller.query("tables.default.versions", {"timestamp": timestamp})
    assert len(wire.file_urls(lines)) == 3


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/shares/none", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "/shares/none/schemas", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "/shares/tables/schemas/none/tables", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "/shares/none/all-tables", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "/shares/tables/schemas/default/tables/none/query", {}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", wire.table_path(TABLE) + "/query", b"{", 400, "MALFORMED_REQUEST"),
        ("POST", wire.table_path(TABLE) + "/query", {"version": 99}, 400, "INVALID_PARAMETER_VALUE"),
        ("POST", wire.table_path(TABLE) + "/query", {"version": "x"}, 400, "INVALID_PARAMETER_VALUE"),
        ("GET", wire.table_path(TABLE) + "/changes", None, 400, "INVALID_PARAMETER_VALUE"),
    ],
)
def test_errors_have_the_status_and_code_that_clients_decide_by(
    caller, method, path, body, status, code
):
    answer = caller.ask(method, path, body=body)
    assert (answer.status, answer.error()) == (status, code), answer.body


def test_what_is_refused_is_asked_for_once(data, tmp_path):
    """A 4xx that clients took for passing would cost minutes."""
    with server.SharedFolder(data / "tables", tmp_path / "p.share") as running:
        with official.OfficialClient() as client:
            for table in ("none", "sales"):
                with pytest.raises(official.Refused):
                    client.call(
                        "load_table_changes_as_pandas",
                        url=f"{running.profile}#tables.default.{table}",
                        starting_version=0,
                    )
        running.stop()
        for table in ("none", "sales"):
            asked = [line for line in running.lines if f"/{table}/changes" in line]
            assert len(asked) == 1, running.output()


@pytest.mark.parametrize("client_format", [False, True], ids=["parquet", "delta"])
def test_a_removed_file_whose_size_nobody_logged(tmp_path, client_format):
    """Old writers logged nothing but the path; the official client cannot do without a size."""
    place = tmp_path / "tables/plain"
    feed = {"delta.enableChangeDataFeed": "true"}
    write_deltalake(str(place), pa.table({"id": [1, 2]}), configuration=feed)
    write_deltalake(str(place), pa.table({"id": [3]}), mode="overwrite")
    commit = place / "_delta_log" / f"{1:020}.json"
    commit.write_text("".join(map(as_old_writers_do, commit.read_text().splitlines())))
    with server.SharedFolder(tmp_path / "tables", tmp_path / "p.share") as running:
        with official.OfficialClient() as client:
            names, rows = client.call(
                "load_table_changes_as_pandas",
                url=f"{running.profile}#tables.default.plain",
                starting_version=1,
                use_delta_format=client_format,
            )
    kind, number = names.index("_change_type"), names.index("id")
    assert sorted((row[kind], row[number]) for row in rows) == [
        ("delete", 1),
        ("delete", 2),
        ("insert", 3),
    ]


def as_old_writers_do(line):
    action = json.loads(line)
    if "remove" in action:
        kept = ("path", "deletionTimestamp", "dataChange")
        action["remove"] = {key: action["remove"][key] for key in kept}
    return json.dumps(action) + "\n"


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory):
    """A server of a table whose last file, of many, lies where no recipient may look: the answer has
    begun when that is found."""
    folder = tmp_path_factory.mktemp("broken")
    log = folder / "tables/broken/_delta_log"
    log.mkdir(parents=True)
    fields = [{"name": "id", "type": "long", "nullable": True, "metadata": {}}]
    actions = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {
            "metaData": {
                "id": "c4d1b0a2-2d5c-4a35-9d0a-5f3c8f7d2f11",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps({"type": "struct", "fields": fields}),
                "partitionColumns": [],
                "configuration": {},
            }
        },
    ]
    paths = [f"part-{i:05}.parquet" for i in range(5000)] + ["/elsewhere/part.parquet"]
    for path in paths:
        add = {"path": path, "partitionValues": {}, "size": 1, "modificationTime": 0}
        actions.append({"add": {**add, "dataChange": True}})
    (log / f"{0:020}.json").write_text("".join(json.dumps(action) + "\n" for action in actions))
    with server.SharedFolder(folder / "tables", folder / "p.share") as running:
        yield running


@FORMATS
def test_a_failure_in_mid_answer_ends_it_with_a_status(broken_off, format):
    """Spark decides by that status whether to ask again."""
    caller = wire.Caller(broken_off.endpoint, broken_off.token)
    path = wire.table_path("tables.default.broken") + "/query"
    answer = caller.post(path, {}, headers=spark_headers(format))
    assert answer.status == 200
    *files, end = answer.lines()[2:]
    assert 0 < len(files) <= 5000 and all("file" in line for line in files)
    assert end["endStreamAction"]["httpStatusErrorCode"] == 400, end
    assert "outside its folder" in end["endStreamAction"]["errorMessage"]
    assert "elsewhere" not in end["endStreamAction"]["errorMessage"]


@pytest.mark.parametrize("delta", [False, True], ids=["parquet", "delta"])
def test_a_failure_in_mid_answer_is_none_to_pass_over(broken_off, delta):
    """The official client asks for no endStreamAction; it must not take a part for the whole."""
    url = f"{broken_off.profile}#tables.default.broken"
    with official.OfficialClient() as client:
        with pytest.raises(official.Refused):
            client.call("load_as_pandas", url=url, use_delta_format=delta)


def test_every_test_that_the_table_names_exists():
    page = (server.ROOT / "docs/clients.md").read_text()
    named = re.findall(r"`(test_\w+\.py)::(\w+)(?:::(\w+))?`", page)
    assert len(named) > 20
    folder = pathlib.Path(__file__).parent
    for file, *names in named:
        text = (folder / file).read_text()
        for name in filter(None, names):
            assert re.search(rf"^\s*(def|class) {name}\b", text, re.MULTILINE), (file, name)
