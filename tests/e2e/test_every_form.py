"""Every form of a query, asked of every table that others wrote, in both formats.

However it is asked, a version has the same files, told in the same words: whole or in pages, by its
number, at the limit of its rows, behind a hint that every row meets, by a refresh token, without
waiting. The same holds for what came and went since a version, and for the change data feed. A
table that one of them refuses, all refuse.
"""

import collections
import json
import sys
import time

import pytest
import real_share
import wire

FEATURES = (
    "deletionvectors,columnmapping,timestampntz,typewidening,typewidening-preview,varianttype,"
    "varianttype-preview,variantshredding-preview,domainmetadata,v2checkpoint,vacuumprotocolcheck"
)
PENDING_SECONDS = 120
PAGE_OF_SOME = 3
#: How a log is refused that is damaged.
DAMAGED = "RESOURCE_DOES_NOT_EXIST"
#: Of what only the moment decides.
PASSING = {"url", "path", "expirationTimestamp", "pathOrInlineDv"}


def facts(value):
    """What an answer says beside its URLs; those of one file end alike, in every answer."""
    if isinstance(value, list):
        return [facts(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: inner.partition("?")[0] if key in PASSING and isinstance(inner, str) else facts(inner)
        for key, inner in value.items()
        if key != "expirationTimestamp"
    }


def text_of(line):
    return json.dumps(line, sort_keys=True)


class Told:
    """An answer: its first two lines, its files, and the tokens at its end; or its refusal."""

    def __init__(self, answer):
        self.refusal = None
        if answer.status != 200:
            assert answer.status == 400, (answer.status, answer.body)
            self.refusal = answer.error()
            return
        *lines, end = [facts(line) for line in answer.lines()]
        self.end = end["endStreamAction"]
        assert "errorMessage" not in self.end, self.end
        self.version = answer.headers["Delta-Table-Version"]
        self.head, self.files = lines[:2], lines[2:]

    def counted(self):
        return collections.Counter(map(text_of, self.files))


def without_version(line):
    """A file's line as it is where no version was asked for."""
    return {"file": {k: v for k, v in line["file"].items() if k not in ("version", "timestamp")}}


class Asker:
    """Asks one table in one format."""

    def __init__(self, caller, table, format):
        self._caller = caller
        self._path = wire.table_path(table)
        features = f";readerfeatures={FEATURES}" if format == "delta" else ""
        self._capabilities = f"responseformat={format}{features};includeendstreamaction=true"

    def _headers(self, more=""):
        return {"delta-sharing-capabilities": self._capabilities + more}

    def query(self, body, more=""):
        return self._caller.post(self._path + "/query", body, headers=self._headers(more))

    def told(self, body):
        return Told(self.query(body))

    def changes(self, first, more=""):
        path = f"{self._path}/changes?startingVersion={first}&includeHistoricalMetadata=true{more}"
        return Told(self._caller.get(path, headers=self._headers()))

    def without_waiting(self, body):
        """By an asynchronous query; the message of one that failed."""
        answer = self.query(body, ";asyncquery=true")
        end = time.monotonic() + PENDING_SECONDS
        while answer.status == 200 and "queryStatus" in answer.lines()[0]:
            status = answer.lines()[0]["queryStatus"]
            if status["status"] == "failed":
                return status["errorMessage"]
            assert time.monotonic() < end, status
            path = f"{self._path}/queries/{status['queryId']}"
            answer = self._caller.post(path, {}, headers=self._headers())
        return Told(answer)


def all_pages(ask):
    """What pages add up to; `ask(token)` gets one."""
    whole, token = None, None
    while True:
        page = ask(token)
        assert page.refusal is None, page.refusal
        assert whole is None or (page.head, page.version) == (whole.head, whole.version)
        if whole is None:
            whole = page
        else:
            whole.files += page.files
        if not (token := page.end.get("nextPageToken")):
            return whole


def expect_same(found, expected):
    assert found.refusal is None, found.refusal
    assert (found.head, found.version) == (expected.head, expected.version)
    assert found.counted() == expected.counted()


def always(schema):
    """A condition that every row meets, in SQL and as JSON, on the first column that can have one."""
    known = {"long", "integer", "short", "byte", "string", "date", "double", "float", "boolean"}
    # A few tables of others have none.
    for field in json.loads(schema)["fields"] if schema else ():
        if not isinstance(field["type"], str) or field["type"] not in known or "`" in field["name"]:
            continue
        kind = {"integer": "int", "boolean": "bool"}.get(field["type"], field["type"])
        null = {"op": "isNull", "children": [{"op": "column", "name": field["name"], "valueType": kind}]}
        name = f"`{field['name']}`"
        return (
            {"predicateHints": [f"{name} IS NULL OR NOT {name} IS NULL"]},
            {"jsonPredicateHints": json.dumps(
                {"op": "or", "children": [null, {"op": "not", "children": [null]}]}
            )},
        )
    return ()


def rows_in(line):
    """Rows of a file by its statistics; None where they do not say."""
    file = line["file"]
    stats = file.get("stats") or file.get("deltaSingleAction", {}).get("add", {}).get("stats")
    return json.loads(stats).get("numRecords") if stats else None


def check_snapshot(asker, tally):
    """Whether its changes may be asked for: of a damaged log some may be had, in pages or at once."""
    whole = asker.told({})
    if whole.refusal:
        for body in ({"limitHint": 10**9}, {"maxFiles": 1}, {"includeRefreshToken": True}):
            assert asker.told(body).refusal == whole.refusal, body
        later = asker.without_waiting({})
        assert isinstance(later, str) or later.refusal == whole.refusal
        tally["refused"] += 1
        return whole.refusal != DAMAGED
    some = max(1, len(whole.files) // PAGE_OF_SOME)

    def page(more, size):
        return lambda token: asker.told({**more, "maxFiles": size, **({"pageToken": token} if token else {})})

    expect_same(all_pages(page({}, some)), whole)
    expect_same(asker.told({"limitHint": 10**15}), whole)
    expect_same(all_pages(page({"limitHint": 10**15}, some)), whole)
    expect_same(asker.without_waiting({}), whole)
    refresh = asker.told({"includeRefreshToken": True})
    expect_same(refresh, whole)
    expect_same(asker.told({"refreshToken": refresh.end["refreshToken"]}), whole)

    numbered = asker.told({"version": int(whole.version)})
    assert numbered.version == whole.version and numbered.head[0] == whole.head[0]
    assert {*map(text_of, map(without_version, numbered.files))} == {*whole.counted()}
    expect_same(all_pages(page({"version": int(whole.version)}, some)), numbered)

    metadata = whole.head[1]["metaData"]
    for hint in always(metadata.get("deltaMetadata", metadata)["schemaString"]):
        hinted = all_pages(page(hint, some))
        assert hinted.head == whole.head
        left_out = whole.counted() - hinted.counted()
        assert not hinted.counted() - whole.counted()
        # A file without rows has none that meets anything.
        assert all(rows_in(json.loads(line)) == 0 for line in left_out), (hint, left_out)
        tally["hinted"] += 1
    tally["versions"] += 1
    return True


def check_changes(ask, asker, first, tally, name):
    """`ask(token, size)` gets a page of it, or all without a size."""
    whole = ask(None, None)
    if whole.refusal:
        assert ask(None, 1).refusal == whole.refusal
        tally[f"{name} refused"] += 1
        return
    size = max(1, len(whole.files) // PAGE_OF_SOME)
    paged = all_pages(lambda token: ask(token, size))
    expect_same(paged, whole)
    assert paged.files == whole.files, "in the same order"
    tally[name] += 1
    tally["lines of " + name] += len(whole.files)


def first_version(asker):
    """The first version that the log still has the files of."""
    told = asker.query({"startingVersion": 0})
    if told.status == 200:
        return 0
    message = told.json()["message"]
    words = message.replace(",", " ").split()
    for place, word in enumerate(words):
        if word == "to" and words[place - 1].isdigit():
            return int(words[place - 1])
    return 0


@pytest.mark.parametrize("format", ["parquet", "delta"])
def test_every_form_of_every_real_table(real_tables, tmp_path, format, capsys):
    entries = real_share.entries(real_tables)
    tally = collections.Counter()
    with real_share.share(real_tables, entries, tmp_path) as url:
        endpoint = json.loads((tmp_path / "real.share").read_text())["endpoint"]
        caller = wire.Caller(endpoint, real_share.TOKEN)
        for name in entries:
            asker = Asker(caller, url(name).partition("#")[2], format)
            try:
                if not check_snapshot(asker, tally):
                    continue
                first = first_version(asker)

                def following(token, size):
                    more = {"maxFiles": size} if size else {}
                    more |= {"pageToken": token} if token else {}
                    return asker.told({"startingVersion": first, **more})

                def feed(token, size):
                    more = f"&maxFiles={size}" if size else ""
                    return asker.changes(first, more + (f"&pageToken={token}" if token else ""))

                check_changes(following, asker, first, tally, "followed")
                check_changes(feed, asker, first, tally, "feeds")
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error
    with capsys.disabled():
        print(f"\n{format} format: {dict(sorted(tally.items()))}", file=sys.stderr)
    assert tally["versions"] > 100 and tally["hinted"] > 100
    assert tally["followed"] > 100 and tally["feeds"] >= 10
    assert tally["lines of followed"] > 1000 and tally["lines of feeds"] > 50
