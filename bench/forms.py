"""A query of many files in every form that the protocol has: read to its end and thrown away, a
piece at a time. It tells how long each took, and how much memory the server had at its peak."""

import dataclasses
import http.client
import json
import pathlib
import time
import urllib.parse

PIECE = 1 << 20
PAGE_FILES = 10_000
#: The last line of an answer is shorter; tokens stand there.
TAIL = 1 << 16
TIMEOUT_SECONDS = 300


@dataclasses.dataclass
class Result:
    name: str
    format: str
    seconds: float = 0.0
    first_byte_s: float = 0.0  # of the first answer
    answers: int = 0
    lines: int = 0  # of files
    bytes: int = 0
    peak_mb: float = 0.0  # resident memory of the server
    end: dict = dataclasses.field(default_factory=dict)  # the last line's endStreamAction


class Asker:
    """Asks about tables of one server, process `pid`."""

    def __init__(self, endpoint, token, pid):
        self._url = urllib.parse.urlsplit(endpoint)
        self._token = token
        self._process = pathlib.Path(f"/proc/{pid}")

    def forget_peak(self):
        (self._process / "clear_refs").write_text("5")

    def memory_mb(self, name="VmHWM"):
        """The most since forget_peak, or what is resident now with VmRSS."""
        status = (self._process / "status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(name))
        return int(line.split()[1]) / 1024

    def ask(self, result, path, body=None, more=""):
        """Adds one answer to the result; its last line goes into `end`."""
        connection = http.client.HTTPConnection(
            self._url.hostname, self._url.port, timeout=TIMEOUT_SECONDS
        )
        capabilities = f"responseformat={result.format};includeendstreamaction=true{more}"
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "delta-sharing-capabilities": capabilities,
        }
        begin = time.perf_counter()
        method, sent = ("GET", None) if body is None else ("POST", json.dumps(body))
        connection.request(method, self._url.path + path, sent, headers)
        response = connection.getresponse()
        lines, tail = 0, b""
        while piece := response.read1(PIECE):
            if not result.answers and not result.first_byte_s:
                result.first_byte_s = time.perf_counter() - begin
            lines += piece.count(b"\n")
            result.bytes += len(piece)
            tail = (tail + piece)[-TAIL:]
        connection.close()
        if response.status != 200:
            raise SystemExit(f"{result.name}: status {response.status}: {tail[:1000]!r}")
        result.seconds += time.perf_counter() - begin
        last = json.loads(tail.rstrip(b"\n").rsplit(b"\n", 1)[-1])
        if "queryStatus" not in last:
            result.answers += 1
            result.lines += lines - 3  # protocol, metaData, endStreamAction
        result.end = last.get("endStreamAction", last)
        return result


def _pages(asker, result, ask):
    """`ask(token)` adds a page to the result."""
    ask(None)
    while token := result.end.get("nextPageToken"):
        ask(token)


def _query(asker, path, body):
    return lambda result: asker.ask(result, path + "/query", body)


def _paged(asker, path, body):
    def run(result):
        def ask(token):
            page = {**body, "maxFiles": PAGE_FILES, **({"pageToken": token} if token else {})}
            asker.ask(result, path + "/query", page)

        _pages(asker, result, ask)

    return run


def _refreshed(asker, path):
    """The same files again, by the token of an answer."""

    def run(result):
        first = asker.ask(Result("", result.format), path + "/query", {"includeRefreshToken": True})
        asker.forget_peak()
        asker.ask(result, path + "/query", {"refreshToken": first.end["refreshToken"]})

    return run


def _without_waiting(asker, path):
    def run(result):
        asker.ask(result, path + "/query", {}, ";asyncquery=true")
        query = result.end["queryStatus"]["queryId"]
        while "queryStatus" in result.end:
            if result.end["queryStatus"]["status"] != "pending":
                raise SystemExit(f"{result.name}: {result.end}")
            asker.ask(result, f"{path}/queries/{query}", {})

    return run


def _changes(asker, path, paged):
    def run(result):
        def ask(token):
            more = f"&maxFiles={PAGE_FILES}" if paged else ""
            more += f"&pageToken={token}" if token else ""
            asker.ask(result, f"{path}/changes?startingVersion=1{more}")

        _pages(asker, result, ask)

    return run


def forms(asker, table, feed, files):
    """(name, how many files it has to have or None, what runs it) of each form. `table` is the path
    of a table of tables.write_files_table, `feed` that of one of tables.write_feed_table."""
    half = {"predicateHints": [f"id >= {files // 2 * 1000} AND price > 10"]}
    column = {"op": "column", "name": "date", "valueType": "date"}
    literal = {"op": "literal", "value": "2024-05-13", "valueType": "date"}
    day = {"jsonPredicateHints": json.dumps({"op": "equal", "children": [column, literal]})}
    return [
        ("all files", files, _query(asker, table, {})),
        (f"pages of {PAGE_FILES:,}", files, _paged(asker, table, {})),
        ("a limit that no file reaches", files, _query(asker, table, {"limitHint": 10**15})),
        ("hint on statistics", None, _query(asker, table, half)),
        ("hint on statistics, in pages", None, _paged(asker, table, half)),
        ("hint on a partition", None, _query(asker, table, day)),
        ("by a refresh token", files, _refreshed(asker, table)),
        ("without waiting", files, _without_waiting(asker, table)),
        ("files since a version", files, _query(asker, feed, {"startingVersion": 1})),
        ("changes", files, _changes(asker, feed, False)),
        ("changes, in pages", files, _changes(asker, feed, True)),
    ]


def run(asker, table, feed, files, wanted=lambda name, format: True):
    """A Result of each form in each format. The first, which opens the table, is one more."""
    results = [Result("first of all, the table not yet open", "parquet")]
    asker.ask(results[0], table + "/query", {})
    results[0].peak_mb = asker.memory_mb()
    for format in ("parquet", "delta"):
        for name, expected, how in forms(asker, table, feed, files):
            if not wanted(name, format):
                continue
            result = Result(name, format)
            asker.forget_peak()
            how(result)
            result.peak_mb = asker.memory_mb()
            if result.lines != expected if expected is not None else not 0 < result.lines < files:
                raise SystemExit(f"{name}, {format}: {result.lines} files of {files}")
            results.append(result)
    return results
