"""What somebody tries who wants more than was granted, and what one recipient may take of a server.

docs/security.md lists the attacks; what grants and filters hide is in test_grants.py.
"""

import base64
import concurrent.futures
import http.client
import json
import re
import statistics
import time
import urllib.parse

import deltalake
import pyarrow as pa
import pytest
import server
import wire
import workers

ANN, BOB = "token-of-ann-0123456789", "token-of-bob-0123456789"


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    rows = pa.table({"id": pa.array(range(20), pa.int64()), "p": [str(i % 5) for i in range(20)]})
    for name in ("open", "secret"):
        deltalake.write_deltalake(str(folder / name), rows, partition_by=["p"])
    (folder / "outside.parquet").write_bytes(b"PAR1 of somebody else")
    return folder


def configured(folder, lake, ann="", bob="", more=""):
    path = folder / "server.yaml"
    path.write_text(f"""\
version: 1
shares:
- name: one
  schemas:
  - name: s
    tables:
    - {{name: open, location: {lake}/open, historyShared: true, id: open-id}}
    - {{name: secret, location: {lake}/secret, historyShared: true, id: secret-id}}
authorization:
  bearerTokens:
  - {{name: ann, token: {ANN}{ann}}}
  - {{name: bob, token: {BOB}, grants: [{{share: one, schema: s, table: open}}]{bob}}}
host: 127.0.0.1
port: 0
log: {{format: json, accessFile: {folder}/access.log}}
{more}""")
    return server.Configured(path)


@pytest.fixture(scope="module")
def running(lake, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks")
    with configured(folder, lake) as started:
        started.folder = folder
        yield started


@pytest.fixture
def ann(running):
    return wire.Caller(running.endpoint, ANN)


@pytest.fixture
def bob(running):
    return wire.Caller(running.endpoint, BOB)


def audited(folder, **fields):
    """The last record of the access log with these fields."""
    return wire.audited(
        folder / "access.log", lambda record: fields.items() <= record.items()
    )


# Tokens.


def test_guesses_of_a_token_are_all_alike(running):
    """However much of it is right: same answer, and no time that tells the one from the other."""
    guesses = {
        "first": "x" + ANN[1:],
        "last": ANN[:-1] + "x",
        "short": ANN[:-1],
        "long": ANN + "x",
        "case": ANN.upper(),
        "nothing like it": "x" * len(ANN),
    }
    times = {name: [] for name in guesses}
    bodies = set()
    for _ in range(60):
        for name, guess in guesses.items():
            begin = time.perf_counter()
            answer = wire.Caller(running.endpoint, guess).get("/shares")
            times[name].append(time.perf_counter() - begin)
            assert answer.status == 401
            bodies.add(answer.body)
    assert len(bodies) == 1
    # A look-up of a digest has nothing to tell; this would find a comparison that sleeps, or a
    # search through all tokens.
    medians = [statistics.median(taken) for taken in times.values()]
    assert max(medians) - min(medians) < 0.02, times


def test_tokens_are_nowhere_in_logs(running, ann):
    ann.get("/shares")
    wire.Caller(running.endpoint, "a-guess-that-is-secret").get("/shares")
    ann.get(f"/shares?token={ANN}")
    written = running.output() + (running.folder / "access.log").read_text()
    assert ANN not in written and "a-guess-that-is-secret" not in written


# Tokens of pages, names of queries, signed URLs.


def sealed_tokens(ask):
    path = wire.table_path("one.s.open")
    page = ask.query("one.s.open", {"maxFiles": 1})[-1]["endStreamAction"]["nextPageToken"]
    fresh = ask.query("one.s.open", {"includeRefreshToken": True})[-1]["endStreamAction"]
    changes = ask.query("one.s.open", {"startingVersion": 0, "maxFiles": 1})
    listing = ask.get("/shares/one/all-tables?maxResults=1").json().get("nextPageToken")
    return {
        (path + "/query", "maxFiles", 1, "pageToken"): page,
        (path + "/query", "includeRefreshToken", True, "refreshToken"): fresh["refreshToken"],
        (path + "/query", "startingVersion", 0, "pageToken"): changes[-1]["endStreamAction"]["nextPageToken"],
        ("/shares/one/all-tables", None, None, None): listing,
    }


def use(ask, place, token):
    path, key, value, name = place
    if key is None:
        return ask.get(f"{path}?maxResults=1&pageToken={urllib.parse.quote(token)}")
    body = {key: value, name: token}
    if key == "startingVersion":
        body["maxFiles"] = 1
    return ask.post(path, body)


def test_a_page_of_somebody_else_does_not_open(ann, bob):
    for place, token in sealed_tokens(ann).items():
        assert use(ann, place, token).status == 200, place
        stolen = use(bob, place, token)
        assert stolen.status == 400, (place, stolen.body)
        assert b"url" not in stolen.body


def test_a_changed_page_token_does_not_open(ann):
    for place, token in sealed_tokens(ann).items():
        raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        for at in range(0, len(raw), 3):
            changed = bytearray(raw)
            changed[at] ^= 1
            text = base64.urlsafe_b64encode(changed).decode().rstrip("=")
            assert use(ann, place, text).status == 400, (place, at)


def test_a_page_of_another_table_does_not_open(ann):
    for (path, *rest), token in sealed_tokens(ann).items():
        if "open" in path:
            moved = (path.replace("open", "secret"), *rest)
            assert use(ann, moved, token).status == 400, moved


def test_a_page_token_tells_nothing_of_hidden_files(lake, tmp_path):
    """What is in it counts what is seen: the same whether others have one file or hundreds."""
    place = tmp_path / "growing"
    numbers = []
    for others in (1, 300):
        folder = place / str(others)
        names = ["mine"] * 3 + [f"other{i}" for i in range(others)]
        rows = pa.table({"id": pa.array(range(len(names)), pa.int64()), "p": names})
        deltalake.write_deltalake(str(folder / "open"), rows, partition_by=["p"])
        rows = pa.table({"id": pa.array(range(3), pa.int64()), "p": ["mine"] * 3})
        for _ in range(2):
            deltalake.write_deltalake(str(folder / "open"), rows, mode="append")
        filtered = ", grants: [{share: one, rowFilter: p = 'mine'}]"
        with configured(tmp_path, folder, ann=filtered) as started:
            ask = wire.Caller(started.endpoint, ANN)
            for body in ({"maxFiles": 1}, {"startingVersion": 0, "maxFiles": 1}):
                token = ask.query("one.s.open", body)[-1]["endStreamAction"]["nextPageToken"]
                inner = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
                position = re.search(rb"((?:-?[0-9]+ )+)parquet", inner).group(1)
                # Times and digests of files are long.
                numbers.append([number for number in position.split() if len(number) < 6])
    assert numbers[:2] == numbers[2:], numbers
    assert all(numbers)


def test_a_query_of_somebody_else_is_not_told(ann, bob):
    headers = {"delta-sharing-capabilities": "asyncquery=true"}
    path = wire.table_path("one.s.open")
    (status,) = ann.post(path + "/query", {"idempotencyKey": "k"}, headers=headers).lines()
    identifier = status["queryStatus"]["queryId"]
    assert ann.post(f"{path}/queries/{identifier}", {}).status == 200
    hidden = bob.post(f"{path}/queries/{identifier}", {})
    absent = bob.post(f"{path}/queries/{identifier[::-1]}", {})
    assert hidden.status == absent.status == 404
    assert hidden.body == absent.body


ESCAPES = [
    "..%2f..%2foutside.parquet",
    "%2e%2e/outside.parquet",
    "../outside.parquet",
    "p=0/../../outside.parquet",
    "p=0/%2e%2e/%2e%2e/outside.parquet",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "_delta_log/00000000000000000000.json",
    "%5fdelta_log/00000000000000000000.json",
    "open%00.parquet",
    "..%5coutside.parquet",
]


@pytest.mark.parametrize("key", ESCAPES)
def test_a_signed_url_opens_its_file_and_no_other(running, lake, ann, key):
    url = wire.file_urls(ann.query("one.s.open"))[0]
    assert wire.ask_url("GET", url).body.startswith(b"PAR1")
    before, _, after = url.partition("/_files/open-id/")
    query = after.partition("?")[2]
    for table in ("open-id", "secret-id", "..", "%2e%2e"):
        answer = wire.ask_url("GET", f"{before}/_files/{table}/{key}?{query}")
        assert answer.status in (400, 403, 404), (answer.status, answer.body)
        assert b"PAR1" not in answer.body and b"root:" not in answer.body


def test_a_signed_url_cannot_be_changed(running, ann, bob):
    url = wire.file_urls(ann.query("one.s.open"))[0]
    other = wire.file_urls(ann.query("one.s.secret"))[0]
    of_bob = wire.file_urls(bob.query("one.s.open"))[0]
    parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    bobs = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(of_bob).query))
    bare = url.partition("?")[0]
    changes = [
        {"expires": str(int(parameters["expires"]) + 1)},
        {"expires": "99999999999999999999"},
        {"recipient": bobs["recipient"]},
        {"recipient": parameters["recipient"] + ".MC4wLjAuMC8w"},
        {"sig": bobs["sig"]},
        {"sig": parameters["sig"][:-4]},
        {"sig": ""},
        {"sp": "rw"},
        {"root": "x"},
    ]
    for change in changes:
        answer = wire.ask_url("GET", bare + "?" + urllib.parse.urlencode({**parameters, **change}))
        assert answer.status == 403, (change, answer.body)
    # The file of another table, under the signature of this one.
    moved = other.partition("?")[0] + "?" + url.partition("?")[2]
    assert wire.ask_url("GET", moved).status == 403


@pytest.mark.parametrize(
    "name",
    ["..", ".", "%2e%2e", "open%2f..%2fsecret", "open%00", "open%2Fsecret", "*", "%25", "OPEN%20", "ópen", "one.s"],
)
def test_names_lead_nowhere_else(bob, name):
    """Whatever a name holds, it is the name of one thing, which does not exist."""
    quoted = name if "%" in name else urllib.parse.quote(name)
    for path in (
        f"/shares/one/schemas/s/tables/{quoted}/query",
        f"/shares/one/schemas/{quoted}/tables/open/query",
        f"/shares/{quoted}/schemas/s/tables/open/query",
    ):
        answer = bob.post(path, {})
        assert answer.status in (400, 404, 405), (path, answer.status, answer.body)
        assert b"url" not in answer.body


# Filters by what an answer tells beside its rows.


def test_hints_and_limits_do_not_ask_hidden_files(lake, tmp_path):
    """No question gives an answer that depends on what others have: not the files, not their
    number, not the size, not whether there are more."""
    recipients = ", grants: [{share: one, rowFilter: p = '3'}]"
    with configured(tmp_path, lake, ann=recipients, more="evaluatePredicateHints: true\n") as started:
        ask = wire.Caller(started.endpoint, ANN)

        def told(**body):
            """What is said of the table, and of each file."""
            lines = ask.query("one.s.open", body)
            files = [line["file"] for line in lines if "file" in line]
            return lines[:2], [(f["partitionValues"], f["size"], f["stats"]) for f in files], lines[-1]

        table, files, _ = told()
        assert [values for values, _, _ in files] == [{"p": "3"}]
        assert [json.loads(stats)["numRecords"] for _, _, stats in files] == [4]
        assert table[1]["metaData"]["numFiles"] == 1
        assert table[1]["metaData"]["size"] == files[0][1]
        for hint in ("p = '1'", "id = 1", "id > 100", "p <> '3'", "p IS NULL"):
            said, left, _ = told(predicateHints=[hint])
            assert said == table and left in ([], files), hint
        for limit in (1, 3, 1000):
            assert told(limitHint=limit)[:2] == (table, files), limit
        said, left, end = told(maxFiles=1)
        assert (said, left) == (table, files)
        assert "nextPageToken" not in end["endStreamAction"]


# Networks.


@pytest.mark.parametrize(
    ("networks", "allowed"),
    [
        ("[127.0.0.0/8]", True),
        ("[10.0.0.0/8, 127.0.0.1]", True),
        ('["::ffff:127.0.0.1"]', True),
        ("[10.0.0.0/8]", False),
        ('["::1", "2001:db8::/32"]', False),
    ],
)
def test_networks_from_which_a_recipient_may_ask(lake, tmp_path, networks, allowed):
    with configured(tmp_path, lake, ann=f", allowedNetworks: {networks}") as started:
        ask = wire.Caller(started.endpoint, ANN)
        answer = ask.post(wire.table_path("one.s.open") + "/query", {})
        assert answer.status == (200 if allowed else 403), answer.body
        assert wire.Caller(started.endpoint, BOB).get("/shares").status == 200
        if allowed:
            assert wire.ask_url("GET", wire.file_urls(answer.lines())[0]).status == 200
            return
        assert answer.error() == "PERMISSION_DENIED"
        record = audited(tmp_path, recipient="ann")
        assert "127.0.0.1 is in none of the networks" in record["denied"]


def test_signed_urls_of_a_recipient_with_networks_work_there_alone(lake, tmp_path):
    """A URL that was signed for a request from one address of the machine is of no use from
    another that the recipient may not come from."""
    networks = ", allowedNetworks: [127.0.0.1]"
    with configured(tmp_path, lake, ann=networks) as started:
        url = wire.file_urls(wire.Caller(started.endpoint, ANN).query("one.s.open"))[0]
        assert wire.ask_url("GET", url).status == 200
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=60, source_address=("127.0.0.2", 0)
        )
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        assert answer.status == 403 and b"PAR1" not in answer.read()
        connection.close()
        record = audited(tmp_path, endpoint="file", status=403)
        assert "networks of the URL's recipient" in record["denied"]


# How much one recipient may take.


def test_requests_of_a_minute(lake, tmp_path):
    with configured(tmp_path, lake, ann=", requestsPerMinute: 20") as started:
        ask, other = (wire.Caller(started.endpoint, token) for token in (ANN, BOB))
        answers = [ask.get("/shares") for _ in range(30)]
        refused = [answer for answer in answers if answer.status != 200]
        assert 5 <= len(refused) <= 10
        assert answers[0].status == 200 and answers[-1].status == 429
        for answer in refused:
            assert answer.status == 429 and answer.error() == "TOO_MANY_REQUESTS"
            assert 1 <= int(answer.headers["Retry-After"]) <= 3
        assert other.get("/shares").status == 200
        assert "20 requests a minute" in audited(tmp_path, status=429)["denied"]


def test_the_official_client_waits_and_goes_on(lake, tmp_path):
    """Its requests of one load are more than a minute's at once; it comes back as it was told."""
    with configured(tmp_path, lake, ann=", requestsPerMinute: 60") as started:
        ask = wire.Caller(started.endpoint, ANN)
        while ask.get("/shares").status == 200:
            pass
        profile = server.write_profile(tmp_path / "p.share", started.endpoint, ANN)
        jobs = [workers.Job("t", f"{profile}#one.s.open", False)]
        result = workers.load("official", jobs, tmp_path)["t", False]
        assert "rows" in result and len(result["rows"][1]) == 20, result
        assert audited(tmp_path, status=429)["recipient"] == "ann"


def slow_reader(started, token, table):
    """A query whose answer is not taken, so that it goes on."""
    connection = wire.connect(started.endpoint)
    path = urllib.parse.urlsplit(started.endpoint).path + wire.table_path(table) + "/query"
    host = ":".join(map(str, wire.address(started.endpoint)))
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: 2\r\n\r\n{{}}".encode()
    )
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


@pytest.fixture(scope="module")
def huge(tmp_path_factory):
    """A log of 60,000 files: an answer of more than sockets hold."""
    folder = tmp_path_factory.mktemp("huge")
    log = folder / "open/_delta_log"
    log.mkdir(parents=True)
    schema = {
        "type": "struct",
        "fields": [{"name": "id", "type": "long", "nullable": True, "metadata": {}}],
    }
    head = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {
            "metaData": {
                "id": "huge",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps(schema),
                "partitionColumns": [],
                "configuration": {},
            }
        },
    ]
    with (log / f"{0:020}.json").open("w") as commit:
        for action in head:
            commit.write(json.dumps(action) + "\n")
        for number in range(60_000):
            commit.write(
                f'{{"add":{{"path":"part-{number:07}.parquet","partitionValues":{{}},"size":1,'
                '"modificationTime":1,"dataChange":true,"stats":"{\\"numRecords\\":1}"}}\n'
            )
    rows = pa.table({"id": pa.array(range(20), pa.int64()), "p": [str(i % 5) for i in range(20)]})
    deltalake.write_deltalake(str(folder / "secret"), rows)
    return folder


def test_requests_at_a_time(huge, tmp_path):
    with configured(tmp_path, huge, ann=", concurrentRequests: 2") as started:
        ask, other = (wire.Caller(started.endpoint, token) for token in (ANN, BOB))
        first, second = (slow_reader(started, ANN, "one.s.open") for _ in range(2))
        answer = ask.get("/shares")
        assert answer.status == 429, answer.body
        assert answer.headers["Retry-After"] == "1"
        assert other.get("/shares").status == 200
        first.close()
        deadline = time.monotonic() + 60
        while ask.get("/shares").status != 200:
            assert time.monotonic() < deadline, "a place that was left was not given back"
        second.close()


def test_one_recipients_many_queries_do_not_hold_up_anothers(huge, tmp_path):
    """A small query of one is answered while another has far more large ones running and queued
    than there are threads; and all of those are answered too."""
    more = "deltaTableCacheSize: 0\nrequestTimeoutSeconds: 0\n"
    with configured(tmp_path, huge, bob=", shares: [one]", more=more) as started:
        greedy, modest = (wire.Caller(started.endpoint, token) for token in (ANN, BOB))
        path = wire.table_path("one.s.open") + "/metadata"
        finished = []

        def large(_):
            answer = greedy.get(path)
            finished.append(time.monotonic())
            return answer.status

        with concurrent.futures.ThreadPoolExecutor(48) as pool:
            asked = [pool.submit(large, i) for i in range(48)]
            # Some have been answered, so that the threads of the server are busy with others.
            answers = concurrent.futures.as_completed(asked, timeout=60)
            for _ in range(2):
                next(answers)
            begin = time.monotonic()
            assert modest.get(wire.table_path("one.s.secret") + "/version").status == 200
            answered = time.monotonic()
            before = sum(1 for end in finished if end < answered)
            statuses = {future.result() for future in asked}
        assert statuses == {200}
        # In the order of a single queue it would have been the last.
        assert before < 24, (before, answered - begin)
