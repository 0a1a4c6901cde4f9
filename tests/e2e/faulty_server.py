"""A server that is wrong in one thing at a time: a proxy before a right one, with planted faults.

A fault changes a request before it is passed on, or an answer before it is handed out. FAULTS maps
its name to the point of `sluice check` that has to find it.
"""

import dataclasses
import http.client
import http.server
import json
import re
import threading
import urllib.parse

DROPPED = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclasses.dataclass
class Request:
    method: str
    path: str  # without the query
    query: dict
    headers: dict  # names in lower case
    body: bytes

    @property
    def target(self):
        return self.path + ("?" + urllib.parse.urlencode(self.query) if self.query else "")

    def asks(self):
        """The last part of the path: shares, tables, version, query, …"""
        return self.path.rstrip("/").rsplit("/", 1)[-1]

    def content(self):
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    def is_lines(self):
        return self.status == 200 and self.headers.get("content-type", "").startswith("application/x-ndjson")

    def change_lines(self, change):
        """`change` gets the list of lines and returns another."""
        if self.is_lines():
            lines = change([json.loads(line) for line in self.body.splitlines() if line.strip()])
            self.body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def change_page(self, change):
        if self.status == 200 and self.headers.get("content-type", "").startswith("application/json"):
            page = json.loads(self.body)
            if "items" in page:
                change(page)
                self.body = json.dumps(page).encode()


class Fault:
    """Nothing is wrong. Faults override one of the two."""

    def request(self, request):
        pass

    def answer(self, request, answer):
        pass


def on_request(change):
    fault = Fault()
    fault.request = change
    return fault


def on_answer(change):
    fault = Fault()
    fault.answer = change
    return fault


def on_lines(change):
    return on_answer(lambda request, answer: answer.change_lines(lambda lines: change(request, lines)))


def each_file(change):
    """`change` gets the content of each line about a file."""

    def lines_of(request, lines):
        for line in lines:
            for kind in ("file", "add", "cdf", "remove"):
                if kind in line:
                    change(line[kind])
        return lines

    return on_lines(lines_of)


def is_files(line):
    return "file" in line


def lets_everybody_in(token):
    def change(request):
        request.headers.setdefault("authorization", f"Bearer {token}")

    return on_request(change)


def takes_any_token(token):
    def change(request):
        if "authorization" in request.headers:
            request.headers["authorization"] = f"Bearer {token}"

    return on_request(change)


def forget(name):
    return on_request(lambda request: request.query.pop(name, None))


def hides_errors(request, answer):
    if answer.status >= 400:
        answer.headers["content-type"], answer.body = "text/html", b"<html>oh</html>"


def unknown_is_empty(request, answer):
    if answer.status == 404 and request.asks() in ("schemas", "tables", "all-tables"):
        answer.status, answer.body = 200, b'{"items":[]}'
        answer.headers["content-type"] = "application/json"


def promises_directories(request, answer):
    def change(page):
        for item in page["items"]:
            item["accessModes"], item["location"] = ["url", "dir"], "s3://bucket/table"

    if request.asks() == "all-tables":
        answer.change_page(change)


def promises_floppies(request, answer):
    answer.change_page(lambda page: [item.update(accessModes=["floppy"]) for item in page["items"]])


def loses_the_next_page(request, answer):
    answer.change_page(lambda page: page.pop("nextPageToken", None))


def repeats_items(request, answer):
    def change(page):
        if "pageToken" in request.query:
            page["items"] = page["items"] * 2

    answer.change_page(change)


def minds_the_case(request, answer):
    names = urllib.parse.unquote(request.path.split("/delta-sharing", 1)[-1])
    if re.search("[A-Z]{3}", names) and "_files" not in names:
        answer.status, answer.body = 404, b'{"errorCode":"RESOURCE_DOES_NOT_EXIST","message":"no"}'
        answer.headers["content-type"] = "application/json"


def no_version_header(request, answer):
    if request.asks() == "version":
        answer.headers.pop("delta-table-version", None)


def a_third_line(request, lines):
    return lines + [{"endStreamAction": {}}] if request.asks() == "metadata" else lines


def no_partition_columns(request, lines):
    for line in lines:
        line.get("metaData", {}).pop("partitionColumns", None)
    return lines


def same_id_for_all(request, lines):
    for line in filter(is_files, lines):
        line["file"]["id"] = "same"
    return lines


def ids_that_change():
    count = [0]

    def change(file):
        count[0] += 1
        file["id"] = f"{file['id']}-{count[0]}"

    return each_file(change)


def fails_on_bad_bodies(request, answer):
    if request.asks() == "query" and answer.status == 400:
        answer.status = 500


def drops_a_file_on(condition):
    """The hint skips one file too many."""

    def change(request, lines):
        if request.asks() != "query" or not condition(request.content()):
            return lines
        files = [line for line in lines if is_files(line)]
        return [line for line in lines if line not in files[:1]]

    return on_lines(change)


def hints_in_json_with(op):
    return lambda content: f'"{op}"' in content.get("jsonPredicateHints", "")


def hints_that_are_none(content):
    return content.get("jsonPredicateHints") == "this is no tree"


def expires_in_seconds(file):
    file["expirationTimestamp"] = file["expirationTimestamp"] // 1000


def larger_than_it_is(file):
    file["size"] = file.get("size", 0) + 1


def counts_wrong(request, lines):
    for line in lines:
        if "numFiles" in line.get("metaData", {}):
            line["metaData"]["numFiles"] += 1
    return lines


def ignores_ranges(request):
    request.headers.pop("range", None)


def promises_an_end(request, answer):
    if request.asks() == "metadata":
        answer.headers["delta-sharing-capabilities"] += ";includeendstreamaction=true"


def calls_all_parquet(request, answer):
    header = answer.headers.get("delta-sharing-capabilities", "")
    answer.headers["delta-sharing-capabilities"] = header.replace("format=delta", "format=parquet")


def minds_the_case_of_capabilities(request):
    header = request.headers.get("delta-sharing-capabilities", "")
    if header != header.lower():
        request.headers.pop("delta-sharing-capabilities")


def echoes_as_sent(request, answer):
    if "fileidhash" in answer.headers:
        answer.headers["fileidhash"] = request.headers["fileidhash"]


def forgets_the_end(request, lines):
    return [line for line in lines if "endStreamAction" not in line]


def latest_in_the_header(request, answer):
    if request.asks() == "query" and "version" in request.content():
        answer.headers["delta-table-version"] = str(int(request.content()["version"]) + 1)


def plain_text(request, answer):
    if answer.is_lines():
        answer.headers["content-type"] = "text/plain"


def no_json(request, answer):
    if answer.is_lines() and request.asks() == "query":
        answer.body = answer.body.replace(b"}\n", b"},\n")


def results_lose_a_file(request, lines):
    if "/queries/" not in request.path:
        return lines
    files = [line for line in lines if is_files(line)]
    return [line for line in lines if line not in files[:1]]


def unknown_queries_are_pending(request, answer):
    if "/queries/" in request.path and answer.status == 404:
        answer.status, answer.headers["content-type"] = 200, "application/x-ndjson"
        answer.body = b'{"queryStatus":{"queryId":"x","status":"pending"}}\n'


def fails_on_queries(request, answer):
    if request.asks() == "query":
        answer.status, answer.body = 500, b"{}"


def closes_on_bad_bodies(request, answer):
    if request.asks() == "query" and answer.status == 400:
        answer.status = 0  # No answer at all.


def faults(token):
    """{name: (point, fault)}."""
    return {
        "opens without a token": ("access.no-token", lets_everybody_in(token)),
        "opens with any token": ("access.wrong-token", takes_any_token(token)),
        "errors are pages for people": ("access.error-body", on_answer(hides_errors)),
        "maxResults is ignored": ("listing.max-results", forget("maxResults")),
        "the next page is not told": ("listing.pages", on_answer(loses_the_next_page)),
        "later pages repeat items": ("listing.pages", on_answer(repeats_items)),
        "names mind the case": ("names.case", on_answer(minds_the_case)),
        "directories are promised": ("access.credentials", on_answer(promises_directories)),
        "access modes are unheard of": ("access.modes", on_answer(promises_floppies)),
        "unknown shares are empty": ("missing.share", on_answer(unknown_is_empty)),
        "the version is not told": ("version.header", on_answer(no_version_header)),
        "startingTimestamp is ignored": ("version.since", forget("startingTimestamp")),
        "metadata has a third line": ("metadata.two-lines", on_lines(a_third_line)),
        "partitionColumns are missing": ("metadata.fields", on_lines(no_partition_columns)),
        "queries fail": ("query.answers", on_answer(fails_on_queries)),
        "lines are no JSON": ("query.lines", on_answer(no_json)),
        "lines are plain text": ("query.headers", on_answer(plain_text)),
        "files have no id": ("query.fields", each_file(lambda file: file.pop("id", None))),
        "files share an id": ("query.unique-ids", on_lines(same_id_for_all)),
        "ids change": ("query.lasting-ids", ids_that_change()),
        "partition values are missing": (
            "query.partition-values",
            each_file(lambda file: file.get("partitionValues", {}).clear()),
        ),
        "numFiles is wrong": ("query.counts", on_lines(counts_wrong)),
        "bad bodies are a 500": ("request.malformed", on_answer(fails_on_bad_bodies)),
        "bad bodies get no answer": ("request.malformed", on_answer(closes_on_bad_bodies)),
        "sizes are wrong": ("file.url", each_file(larger_than_it_is)),
        "URLs expire in seconds": ("file.expiration", each_file(expires_in_seconds)),
        "ranges are ignored": ("file.ranges", on_request(ignores_ranges)),
        "not loses files": ("hint.bounds", drops_a_file_on(hints_in_json_with("not"))),
        "isNull loses files": ("hint.partitions", drops_a_file_on(hints_in_json_with("isNull"))),
        "odd hints lose files": ("hint.unreadable", drops_a_file_on(hints_that_are_none)),
        "limits lose all files": (
            "hint.limit",
            on_lines(
                lambda request, lines: [each for each in lines if not is_files(each)]
                if "limitHint" in request.content()
                else lines
            ),
        ),
        "pages lose files": ("pages.files", drops_a_file_on(lambda content: "pageToken" in content)),
        "refreshed answers lose files": (
            "refresh.files",
            drops_a_file_on(lambda content: "refreshToken" in content),
        ),
        "asynchronous results lose files": ("async.result", on_lines(results_lose_a_file)),
        "unknown queries are pending": ("async.unknown", on_answer(unknown_queries_are_pending)),
        "the format is told wrong": ("format.header", on_answer(calls_all_parquet)),
        "capabilities mind the case": ("format.case", on_request(minds_the_case_of_capabilities)),
        "the promised end is missing": ("format.end-promised", on_lines(forgets_the_end)),
        "an end of metadata is promised": ("format.end-promised", on_answer(promises_an_end)),
        "fileidhash comes back as sent": ("file-id.echo", on_answer(echoes_as_sent)),
        "the past is called the present": ("history.older", on_answer(latest_in_the_header)),
        "changes have no version": (
            "changes.fields",
            each_file(lambda file: file.pop("version", None)),
        ),
        "changes have no end": ("changes.range", forget("endingVersion")),
    }


class FaultyServer:
    """Passes everything on to `endpoint`, whose server is asked under the proxy's own name."""

    def __init__(self, endpoint, fault=None):
        parts = urllib.parse.urlsplit(endpoint)
        self.upstream = (parts.hostname, parts.port)
        self.fault = fault or Fault()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet an answer: two would wait for each other's acknowledgement.
            wbufsize = -1
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def pass_on(self):
                outer.pass_on(self)

            do_GET = do_POST = do_HEAD = pass_on

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}{parts.path}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def pass_on(self, handler):
        path, _, query = handler.path.partition("?")
        length = int(handler.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        headers.pop("accept-encoding", None)
        request = Request(
            handler.command,
            path,
            dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
            headers,
            handler.rfile.read(length),
        )
        self.fault.request(request)
        answer = self.ask(request)
        self.fault.answer(request, answer)
        if answer.status == 0:
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            if name not in DROPPED:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if request.method != "HEAD":
            handler.wfile.write(answer.body)

    def ask(self, request):
        connection = http.client.HTTPConnection(*self.upstream, timeout=60)
        try:
            connection.request(request.method, request.target, request.body or None, request.headers)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()
