"""Follows a shared table as a streaming reader does: by `startingVersion`, version by version.

It keeps the rows that the answers add up to, as a multiset. Columns go by their physical names,
which a renaming leaves alone; a null is a column that is not there. It asks as the Spark connector
asks and holds the server to what that connector demands.
"""

import collections
import datetime
import decimal
import http.client
import io
import json

import deletion_vectors
import pyarrow.parquet as parquet
import wire

import canonical

FEATURES = "deletionvectors,columnmapping,timestampntz,typewidening"
#: As its default, `maxVersionsPerRpc`, but low enough to matter here.
MAX_VERSIONS = 4
TRIES = 20
GONE = (ConnectionError, http.client.HTTPException, TimeoutError)


def columns_of(metadata):
    """{logical name: (physical name, type)} of a table's schema, and its partition columns."""
    fields = json.loads(metadata["schemaString"])["fields"]
    return {
        field["name"]: (
            field["metadata"].get("delta.columnMapping.physicalName", field["name"]),
            field["type"],
        )
        for field in fields
    }


def parse(text, kind):
    """A partition value."""
    if text is None or text == "":
        return None
    if kind in ("long", "integer", "short", "byte"):
        return int(text)
    if kind.startswith("decimal"):
        return decimal.Decimal(text)
    if kind == "date":
        return canonical.canonical(datetime.date.fromisoformat(text))
    assert kind == "string", kind
    return text


class Follower:
    """Follows one table in one format. `address` gives the endpoint of the day."""

    def __init__(self, address, token, table, format, max_files=None, wait_for_server=None):
        self._address = address
        self._token = token
        self._path = wire.table_path(table)
        self._format = format
        self._max_files = max_files
        self._wait_for_server = wait_for_server
        #: Called between two pages.
        self.between_pages = lambda: None
        self.rows = collections.Counter()
        self.metadata = None
        self.next_version = 0
        self.pages = 0
        self.tries = 0

    # Asking

    def _ask(self, method, path, body=None):
        features = f";readerfeatures={FEATURES}" if self._format == "delta" else ""
        headers = {
            "User-Agent": "Delta-Sharing-SparkStructuredStreaming/1.4.0 QueryId-test",
            "delta-sharing-capabilities": f"responseformat={self._format}{features};"
            "includeendstreamaction=true",
        }
        for _ in range(TRIES):
            try:
                caller = wire.Caller(self._address(), self._token)
                answer = caller.ask(method, self._path + path, body=body, headers=headers)
                if answer.status != 503:
                    break
            except GONE:
                pass
            self.tries += 1
            self._wait_for_server()
        else:
            raise AssertionError(f"no answer to {method} {path}")
        assert answer.status == 200, (answer.status, answer.body)
        return answer

    def _query(self, body):
        """All lines behind the first two of a query's pages, and the metadata of the first page."""
        heads, found = [], []
        if self._max_files:
            body = {**body, "maxFiles": self._max_files}
        while True:
            answer = self._ask("POST", "/query", body)
            protocol, metadata, *lines = answer.lines()
            heads.append((answer.headers["Delta-Table-Version"], protocol, metadata))
            assert heads[0] == heads[-1], "pages must begin alike"
            assert list(lines[-1]) == ["endStreamAction"], lines[-1]
            end = lines.pop()["endStreamAction"]
            assert "errorMessage" not in end, end
            found += lines
            self.pages += 1
            if not end.get("nextPageToken"):
                return metadata, found
            body = {**body, "pageToken": end["nextPageToken"]}
            self.between_pages()

    def latest(self):
        return int(self._ask("GET", "/version").headers["Delta-Table-Version"])

    # Reading

    def _fetch(self, url):
        for _ in range(TRIES):
            try:
                answer = wire.ask_url("GET", url)
                if answer.status != 503:
                    assert answer.status == 200, (answer.status, answer.body[:500])
                    return answer.body
            except GONE:
                pass
            self.tries += 1
            self._wait_for_server()
        raise AssertionError("no answer for a data file")

    def _file_rows(self, url, partition_values, vector):
        """Rows of a data file, of the columns that the table has now."""
        table = parquet.read_table(io.BytesIO(self._fetch(url)))
        kinds = dict(columns_of(self.metadata).values())
        constants = [
            (name, parse(text, kinds[name])) for name, text in partition_values.items() if name in kinds
        ]
        names = [name for name in table.column_names if name in kinds and name not in partition_values]
        columns = [canonical.column_values(table.column(name), False) for name in names]
        rows = zip(*columns) if names else [()] * table.num_rows
        deleted = set()
        if vector:
            assert vector["storageType"] == "p", vector["storageType"]
            content = self._fetch(vector["pathOrInlineDv"])
            offset, size = vector.get("offset", 0), vector["sizeInBytes"]
            deleted = set(deletion_vectors.read_stored(content, offset, size))
            assert len(deleted) == vector["cardinality"]
        return collections.Counter(
            frozenset(
                pair for pair in (*zip(names, row), *constants) if pair[1] is not None
            )
            for number, row in enumerate(rows)
            if number not in deleted
        )

    def _take_metadata(self, line):
        self.metadata = line.get("deltaMetadata", line)
        physical = dict(columns_of(self.metadata).values())
        kept = collections.Counter()
        for row, count in self.rows.items():
            kept[frozenset(pair for pair in row if pair[0] in physical)] += count
        self.rows = kept

    def _change_of(self, line):
        """(version, sign, url, partition values, deletion vector) of a line with a file."""
        if self._format == "delta":
            (kind, action), = line["file"]["deltaSingleAction"].items()
            return (
                line["file"].get("version"),
                {"add": 1, "remove": -1}[kind],
                action["path"],
                action.get("partitionValues", {}),
                action.get("deletionVector"),
            )
        (kind, file), = line.items()
        sign = {"file": 1, "add": 1, "remove": -1}[kind]
        return file.get("version"), sign, file["url"], file["partitionValues"], None

    def _apply(self, lines):
        for line in lines:
            _, sign, *file = self._change_of(line)
            for row, count in self._file_rows(*file).items():
                self.rows[row] += sign * count
        wrong = [row for row, count in self.rows.items() if count < 0]
        assert not wrong, f"rows were removed that never came: {wrong[:3]}"
        self.rows = +self.rows

    # Following

    def start_at(self, version):
        """Begins with a whole version, as a stream does that is not told where to begin."""
        metadata, lines = self._query({"version": version})
        self._take_metadata(metadata["metaData"])
        self._apply(lines)
        self.next_version = version + 1

    def follow_to(self, version):
        """Up to that version at least."""
        latest = max(self.latest(), version)
        while self.next_version <= latest:
            last = min(latest, self.next_version + MAX_VERSIONS - 1)
            self._follow(self.next_version, last)
            self.next_version = last + 1

    def _follow(self, first, last):
        body = {"startingVersion": first, "endingVersion": last, "includeHistoricalProtocol": True}
        metadata, lines = self._query(body)
        by_version = collections.defaultdict(list)
        tables = {first: metadata["metaData"]}
        for line in lines:
            if "protocol" in line:
                continue
            if "metaData" in line:
                tables[line["metaData"]["version"]] = line["metaData"]
            else:
                by_version[self._change_of(line)[0]].append(line)
        assert all(first <= version <= last for version in (*tables, *by_version))
        for version in sorted({*tables, *by_version}):
            if version in tables:
                self._take_metadata(tables[version])
            self._apply(by_version[version])

    def table(self):
        """(names, rows) as canonical.arrow_rows gives them."""
        columns = columns_of(self.metadata)
        names = sorted(columns)
        physical = [columns[name][0] for name in names]
        rows = [
            tuple(dict(row).get(name) for name in physical) for row in self.rows.elements()
        ]
        return names, rows
