"""Requests as bytes and as parts, without a client's manners in between."""

import dataclasses
import http.client
import json
import pathlib
import socket
import ssl
import time
import urllib.parse

SECONDS = 60


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]

    def error(self):
        """The answer as the protocol's error; fails when it is none, or tells too much."""
        content = self.json()
        assert set(content) == {"errorCode", "message"}, content
        assert "\n" not in content["message"], content
        return content["errorCode"]


def address(endpoint):
    parts = urllib.parse.urlsplit(endpoint)
    return parts.hostname, parts.port


def trusting(ca_file=None):
    """A context that trusts one certificate, or none at all and does not ask."""
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def ask_url(method, url, headers=None, body=None):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=SECONDS, context=trusting()
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    target = parts.path + ("?" + parts.query if parts.query else "")
    try:
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@dataclasses.dataclass
class Caller:
    """Asks one endpoint with one token."""

    endpoint: str
    token: str | None

    def ask(self, method, path, body=None, headers=None):
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json; charset=utf-8")
        return ask_url(method, self.endpoint + path, sent, body)

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, body, **options):
        return self.ask("POST", path, body=body, **options)

    def query(self, table, body=None, **options):
        """The lines of a query's answer; `table` is share.schema.table."""
        answer = self.post(table_path(table) + "/query", body or {}, **options)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.lines()


def table_path(table):
    share, schema, name = (urllib.parse.quote(part, safe="") for part in table.split("."))
    return f"/shares/{share}/schemas/{schema}/tables/{name}"


def file_urls(lines):
    """The data files of an answer in either format."""
    urls = []
    for line in lines:
        content = line.get("file")
        if content:
            urls.append(content["url"] if "url" in content else content["deltaSingleAction"]["add"]["path"])
    return urls


def audited(log, wanted):
    """The last record of an access log (JSON) for which `wanted` holds; it may still be on its way."""
    deadline = time.monotonic() + SECONDS
    while True:
        lines = pathlib.Path(log).read_text().splitlines(keepends=True)
        records = [json.loads(line) for line in lines if line.endswith("\n")]
        found = [record for record in records if wanted(record)]
        if found:
            return found[-1]
        assert time.monotonic() < deadline, records[-5:]
        time.sleep(0.01)


def connect(endpoint):
    return socket.create_connection(address(endpoint), timeout=SECONDS)


def exchange_bytes(endpoint, *pieces):
    """Sends the pieces on a connection of their own; returns what comes until the peer closes."""
    with connect(endpoint) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server may refuse before it has read everything
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def status_of(received):
    first = received.split(b"\r\n", 1)[0].split()
    return int(first[1]) if len(first) > 1 and first[0].startswith(b"HTTP/") else None


def metrics_of(running):
    """The text of a server's metrics."""
    base = running.endpoint.removesuffix("/delta-sharing")
    return ask_url("GET", base + "/metrics").body.decode()


def metric(metrics, series):
    line = next(line for line in metrics.splitlines() if line.startswith(series + " "))
    return float(line.rsplit(" ", 1)[1])
