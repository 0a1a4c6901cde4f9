"""Two servers with one configuration and one key are one server to recipients: pages, refresh
tokens, URLs and asynchronous queries go on at either, also while another key takes the first's
place."""

import itertools
import json
import secrets
import time
import urllib.parse

import pyarrow as pa
import pytest
import server
import wire
from deltalake import DeltaTable, write_deltalake

TOKENS = {"ann": "the-token-of-ann-is-long-enough", "bob": "the-token-of-bob-is-long-enough"}
TABLE = "lake.tables.numbers"
FILES = 12
PENDING_SECONDS = 120
FORMATS = pytest.mark.parametrize("format", ["parquet", "delta"])


def append(place, first):
    rows = pa.table({"id": pa.array(range(first, first + 10), pa.int64())})
    feed = {"delta.enableChangeDataFeed": "true"}
    write_deltalake(str(place), rows, mode="append", configuration=feed)


class Replicas:
    """A table, its configuration, and servers of it that a test starts and stops."""

    def __init__(self, folder):
        self.folder = folder
        self.place = folder / "numbers"
        for number in range(FILES):
            append(self.place, number * 10)
        self._steps = itertools.count(1000, 10)
        table = {"name": "numbers", "location": str(self.place), "historyShared": True}
        other = {"name": "again", "location": str(self.place)}
        content = {
            "version": 1,
            "shares": [
                {"name": "lake", "schemas": [{"name": "tables", "tables": [table, other]}]},
                {"name": "pond", "schemas": [{"name": "tables", "tables": [other]}]},
            ],
            "authorization": {
                "bearerTokens": [{"name": n, "token": t} for n, t in TOKENS.items()]
            },
            "host": "127.0.0.1",
            "port": 0,
        }
        self.config = folder / "server.yaml"
        self.config.write_text(json.dumps(content))
        self.running = {}

    def key(self, name):
        path = self.folder / name
        if not path.exists():
            path.write_bytes(secrets.token_bytes(32))
        return path

    def start(self, name, *arguments):
        """Starts a replica, in place of the one of that name."""
        self.stop(name)
        self.running[name] = server.Configured(self.config, *arguments)

    def stop(self, name):
        if name in self.running:
            assert self.running.pop(name).stop() == 0

    def change(self):
        """A commit that takes a file away and adds one."""
        first = next(self._steps)
        append(self.place, first)
        DeltaTable(str(self.place)).delete(f"id >= {first - 1000} AND id < {first - 990}")

    def caller(self, name, recipient="ann"):
        return wire.Caller(self.running[name].endpoint, TOKENS[recipient])


@pytest.fixture
def replicas(tmp_path):
    made = Replicas(tmp_path)
    yield made
    for name in list(made.running):
        made.stop(name)


@pytest.fixture
def two(replicas):
    for name in ("one", "other"):
        replicas.start(name, "--key-file", replicas.key("key"))
    return replicas


def headers(format):
    return {"delta-sharing-capabilities": f"responseformat={format};includeendstreamaction=true"}


def query(body):
    """A question as a function of (caller, format, token of the page, files a page)."""

    def ask(caller, format, token, files):
        more = {"maxFiles": files} if files else {}
        more |= {"pageToken": token} if token else {}
        return caller.post(wire.table_path(TABLE) + "/query", {**body, **more}, headers=headers(format))

    return ask


def changes(caller, format, token, files):
    more = f"&maxFiles={files}" if files else ""
    more += f"&pageToken={token}" if token else ""
    path = wire.table_path(TABLE) + "/changes?startingVersion=0&endingVersion=11" + more
    return caller.get(path, headers=headers(format))


QUESTIONS = {
    "latest": query({}),
    "hinted": query({"predicateHints": ["id >= 45"]}),
    "limited": query({"limitHint": 75}),
    "a version": query({"version": 9}),
    "files since": query({"startingVersion": 2, "endingVersion": 11}),
    "changes": changes,
}


def facts(line):
    """A line without what is of the moment: URLs and their times."""
    if isinstance(line, dict):
        passing = {"url", "path", "expirationTimestamp"}
        return {key: facts(value) for key, value in line.items() if key not in passing}
    return line


def answer_of(answer):
    """(first two lines, lines of files, the endStreamAction)."""
    assert answer.status == 200, answer.body
    *lines, end = answer.lines()
    lines = [facts(line) for line in lines]
    return lines[:2], lines[2:], end["endStreamAction"]


def in_some_order(lines):
    return sorted(json.dumps(line, sort_keys=True) for line in lines)


@FORMATS
@pytest.mark.parametrize("name", QUESTIONS)
def test_pages_go_on_at_the_other_while_the_table_changes(two, name, format):
    ask = QUESTIONS[name]
    head, whole, _ = answer_of(ask(two.caller("one"), format, None, None))
    assert len(whole) > 5
    found, token = [], None
    for replica in itertools.cycle(["other", "one"]):
        page_head, lines, end = answer_of(ask(two.caller(replica), format, token, 2))
        assert page_head == head
        found += lines
        if not (token := end.get("nextPageToken")):
            break
        two.change()
    assert in_some_order(found) == in_some_order(whole)


def test_listings_go_on_at_the_other(two):
    seen, token = [], None
    for replica in itertools.cycle(["one", "other"]):
        suffix = f"&pageToken={token}" if token else ""
        page = two.caller(replica).get(f"/shares/lake/all-tables?maxResults=1{suffix}").json()
        seen += [item["name"] for item in page["items"]]
        if not (token := page.get("nextPageToken")):
            break
    assert seen == ["again", "numbers"]


def moved(url, to):
    """The URL as the other replica has it: what a load balancer does to it."""
    return urllib.parse.urlsplit(url)._replace(netloc=urllib.parse.urlsplit(to).netloc).geturl()


def test_refresh_tokens_and_urls_are_good_at_the_other(two):
    before = two.caller("one").query(TABLE, {"includeRefreshToken": True})
    token = before[-1]["endStreamAction"]["refreshToken"]
    two.change()
    again = two.caller("other").query(TABLE, {"refreshToken": token}, headers=headers("parquet"))
    ids = [sorted(line["file"]["id"] for line in lines if "file" in line) for lines in (before, again)]
    assert ids[0] == ids[1] and len(ids[0]) == FILES
    for url in wire.file_urls(before)[:3]:
        assert wire.ask_url("GET", moved(url, two.running["other"].endpoint)).body[:4] == b"PAR1"


def test_no_replica_takes_a_token_that_is_not_for_this_question(two):
    path = wire.table_path(TABLE) + "/query"
    question = {"limitHint": 75, "maxFiles": 2}
    page = answer_of(two.caller("one").post(path, question, headers=headers("parquet")))[2]
    first = two.caller("one").query(TABLE, {"includeRefreshToken": True})
    refresh = first[-1]["endStreamAction"]["refreshToken"]
    other, bob = two.caller("other"), two.caller("other", "bob")
    good = {**question, "pageToken": page["nextPageToken"]}
    assert other.post(path, good).status == 200
    forged = good["pageToken"][:30] + ("A" if good["pageToken"][30] != "A" else "B") + good["pageToken"][31:]
    elsewhere = wire.table_path("pond.tables.again") + "/query"
    for caller, where, body in (
        (bob, path, good),
        (other, path, {**good, "limitHint": 76}),
        (other, path, {**good, "predicateHints": ["id > 1"]}),
        (other, path, {**good, "pageToken": forged}),
        (other, path, {**good, "pageToken": refresh}),
        (other, elsewhere, good),
        (bob, path, {"refreshToken": refresh}),
        (other, path, {"refreshToken": refresh, "limitHint": 5}),
        (other, path, {"refreshToken": page["nextPageToken"]}),
    ):
        answer = caller.post(where, body)
        assert (answer.status, answer.error()) == (400, "INVALID_PARAMETER_VALUE"), body
        assert "does not belong" in answer.json()["message"], answer.body


def test_an_expired_token_is_refused_as_such(replicas):
    """Whoever made it: its end is in it."""
    config = json.loads(replicas.config.read_text())
    replicas.start("one", "--key-file", replicas.key("key"))
    replicas.config.write_text(
        json.dumps({**config, "queryTablePageTokenTtlMs": 1, "refreshTokenTtlMs": 1})
    )
    replicas.start("hasty", "--key-file", replicas.key("key"))
    lines = replicas.caller("hasty").query(TABLE, {"includeRefreshToken": True, "maxFiles": 2})
    end = lines[-1]["endStreamAction"]
    started = time.monotonic()
    while time.monotonic() < started + 0.002:
        pass
    for body in ({"maxFiles": 2, "pageToken": end["nextPageToken"]}, {"refreshToken": end["refreshToken"]}):
        answer = replicas.caller("one").post(wire.table_path(TABLE) + "/query", body)
        assert (answer.status, answer.error()) == (400, "INVALID_PARAMETER_VALUE"), answer.body
        assert "expired" in answer.json()["message"]


def test_a_key_takes_the_place_of_another_in_the_midst_of_pages(replicas):
    """The steps of docs/formats.md, one replica after the other, a page between any two."""
    now, then = replicas.key("now.key"), replicas.key("next.key")
    steps = [
        ("--key-file", now),
        ("--key-file", now, "--accept-key-file", then),
        ("--key-file", then, "--accept-key-file", now),
    ]
    turns = [(name, arguments) for arguments in steps for name in ("one", "other")]
    for name, arguments in turns[:2]:
        replicas.start(name, *arguments)
    ask = QUESTIONS["latest"]
    _, whole, _ = answer_of(ask(replicas.caller("one"), "parquet", None, None))
    old = replicas.caller("one").query(TABLE, {"includeRefreshToken": True})
    refresh = {"refreshToken": old[-1]["endStreamAction"]["refreshToken"]}
    found, token, waiting = [], None, turns[2:]
    for replica in itertools.cycle(["one", "other", "other", "one"]):
        _, lines, end = answer_of(ask(replicas.caller(replica), "parquet", token, 2))
        found += lines
        if not (token := end.get("nextPageToken")):
            break
        if waiting:
            name, arguments = waiting.pop(0)
            replicas.start(name, *arguments)
    assert not waiting
    assert in_some_order(found) == in_some_order(whole)

    path = wire.table_path(TABLE) + "/query"
    (url, *_) = wire.file_urls(old)
    assert replicas.caller("other").post(path, refresh).status == 200
    assert wire.ask_url("GET", moved(url, replicas.running["other"].endpoint)).status == 200
    replicas.start("other", "--key-file", then)
    answer = replicas.caller("other").post(path, refresh)
    assert (answer.status, answer.error()) == (400, "INVALID_PARAMETER_VALUE"), answer.body
    assert wire.ask_url("GET", moved(url, replicas.running["other"].endpoint)).status == 403


def result_of(replicas, name, query_id):
    """Of an asynchronous query, once it has one."""
    end = time.monotonic() + PENDING_SECONDS
    while True:
        path = f"{wire.table_path(TABLE)}/queries/{query_id}"
        answer = replicas.caller(name).post(path, {}, headers=headers("parquet"))
        assert answer.status == 200, answer.body
        if "queryStatus" not in answer.lines()[0]:
            return answer_of(answer)
        assert answer.lines()[0]["queryStatus"]["status"] == "pending", answer.body
        assert time.monotonic() < end


def test_replicas_of_one_data_directory_know_each_others_queries(replicas, tmp_path):
    data = ("--data-dir", tmp_path / "data")
    for name in ("one", "other"):
        replicas.start(name, *data)
    path = wire.table_path(TABLE) + "/query"
    submit = {"delta-sharing-capabilities": "asyncquery=true;includeendstreamaction=true"}
    body = {"predicateHints": ["id >= 45"], "idempotencyKey": "mine"}
    asked = [replicas.caller(name).post(path, body, headers=submit) for name in ("one", "other", "one")]
    ids = {answer.lines()[0]["queryStatus"]["queryId"] for answer in asked}
    assert len(ids) == 1, "one key is one query, wherever it came"
    (query_id,) = ids
    at_once = answer_of(QUESTIONS["hinted"](replicas.caller("one"), "parquet", None, None))
    replicas.change()
    for name in ("other", "one"):
        assert result_of(replicas, name, query_id)[:2] == at_once[:2]
    replicas.start("one", *data)
    assert result_of(replicas, "one", query_id)[:2] == at_once[:2]
    foreign = replicas.caller("other", "bob").post(f"{wire.table_path(TABLE)}/queries/{query_id}", {})
    assert (foreign.status, foreign.error()) == (404, "RESOURCE_DOES_NOT_EXIST")
