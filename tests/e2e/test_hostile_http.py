"""Attacks on the HTTP side, on raw sockets: what is ambiguous, endless or forged does no harm."""

import gzip
import json
import re
import ssl
import threading
import time

import certificates
import pytest
import server
import wire

TOKEN = "a-token-of-the-test-that-is-long-enough"

CONFIG = """\
version: 1
shares: [{{name: a, schemas: [{{name: b, tables: [{{name: t, location: {tables}/sales, historyShared: true}}]}}]}}]
authorization: {{bearerToken: {token}}}
host: {host}
port: 0
{more}
"""


def serve(data, folder, more="", host="127.0.0.1"):
    config = folder / "s.yaml"
    config.write_text(CONFIG.format(tables=data / "tables", token=TOKEN, more=more, host=host))
    return server.Configured(config)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "access.log"


@pytest.fixture(scope="module")
def running(data, tmp_path_factory, log):
    more = (
        f"log: {{format: json, accessFile: {log}}}\n"
        "limits: {headerTimeoutSeconds: 2, bodyTimeoutSeconds: 2, maxHeaderBytes: 16384}"
    )
    with serve(data, tmp_path_factory.mktemp("hostile"), more) as started:
        yield started


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /delta-sharing/shares/a/schemas/b/tables/t/query HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: 0\r\nContent-Length: 36\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: 36, 0\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: 36, 36\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: 36\r\nContent-Length: 36\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: +36\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: 0x24\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length : 36\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n" + SMUGGLED,
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + SMUGGLED,
        POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST.replace(b"\r\n", b"\n") + b"\n" + SMUGGLED,
        POST + b"X-A: b\nX-C: d\r\n\r\n" + SMUGGLED,
        POST + b"X-A: b\rX-C: d\r\n\r\n" + SMUGGLED,
        POST + b"X-A: b\0c\r\n\r\n" + SMUGGLED,
        POST + b" X-Folded: first\r\n\r\n" + SMUGGLED,
        POST + b"Host: y\r\n\r\n" + SMUGGLED,
        b"POST / HTTP/1.1\r\n\r\n" + SMUGGLED,
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n" + SMUGGLED,
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n" + SMUGGLED,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED,
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_ends_the_connection(
    running, log, request_
):
    received = wire.exchange_bytes(running.endpoint, request_)
    assert wire.status_of(received) in (400, 408, 413, 431, 501, 505), received
    assert received.count(b"x-request-id: ") == 1, received
    assert b"smuggled" not in log.read_bytes()


def test_a_folded_header_is_one_value_or_refused(running):
    """RFC 9112, 5.2: either is right; what counts is that no second header is seen."""
    folded = b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: b\r\n Content-Length: 36\r\n\r\n"
    last = b"GET /folded HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = wire.exchange_bytes(running.endpoint, folded + last)
    assert re.findall(rb"HTTP/1\.1 (\d+)", received) in ([b"200", b"404"], [b"400"])


def test_bodies_that_are_packed_are_not_unpacked(running):
    caller = wire.Caller(running.endpoint, TOKEN)
    bomb = gzip.compress(b"0" * (64 << 20))
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"):
        answer = caller.post(
            wire.table_path("a.b.t") + "/query", bomb, headers={"Content-Encoding": encoding}
        )
        assert answer.status == 415, (encoding, answer.status)
        assert answer.headers["Accept-Encoding"] == "identity"
    plain = caller.post(
        wire.table_path("a.b.t") + "/query", {}, headers={"Content-Encoding": "identity"}
    )
    assert plain.status == 200


def test_slow_headers_and_bodies_are_given_up_while_others_are_answered(running):
    """A byte now and then does not keep a connection: the limits count from the first one."""
    slow = [wire.connect(running.endpoint) for _ in range(50)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(b"GET / HTTP/1.1\r\nX-A: " if number % 2 else POST + b"Content-Length: 1000000\r\n\r\n")
        begin = time.monotonic()
        while time.monotonic() - begin < 4:
            assert wire.Caller(running.endpoint, TOKEN).get("/shares").status == 200
            for connection in slow:
                try:
                    connection.sendall(b"a")
                except OSError:
                    pass
        for connection in slow:
            received = b""
            try:
                while chunk := connection.recv(65536):
                    received += chunk
            except ConnectionResetError:
                pass
            assert wire.status_of(received) in (408, None), received
    finally:
        for connection in slow:
            connection.close()


def test_nothing_that_is_sent_forges_a_line_of_the_log(running, log):
    evil = "/x%0d%0aHTTP/1.1%20200" + "\\\",\"recipient\":\"root\"}"
    agent = b'a"},{"x":"\\\x80\xff\t' + "\x9b[2J\u2028\u202e".encode()
    raw = b"GET " + evil.encode() + b" HTTP/1.1\r\nHost: x\r\nUser-Agent: " + agent + b"\r\nConnection: close\r\n\r\n"
    wire.exchange_bytes(running.endpoint, raw)
    # What could move a terminal's cursor comes into no line at all.
    escape = raw.replace(b"\xff", b"\x1b[2J")
    assert wire.status_of(wire.exchange_bytes(running.endpoint, escape)) == 400
    deadline = time.monotonic() + 30
    while b"HTTP/1.1%20200" not in log.read_bytes():
        assert time.monotonic() < deadline
    records = [json.loads(line) for line in log.read_bytes().splitlines()]
    found = [record for record in records if "%20200" in record.get("path", "")]
    assert len(found) == 1 and "recipient" not in found[0]
    assert found[0]["agent"].endswith("\x9b[2J\u2028\u202e")
    for acting in (b"\x1b", *(c.encode() for c in "\x9b\u2028\u202e")):
        assert acting not in log.read_bytes()


def test_answers_carry_what_browsers_and_caches_need(running):
    answer = wire.Caller(running.endpoint, TOKEN).get("/shares")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers


def test_tokens_are_in_no_log(running, log):
    wire.Caller(running.endpoint, TOKEN).get("/shares")
    wire.Caller(running.endpoint, "wrong-" + TOKEN).get("/shares")
    wire.ask_url("GET", running.endpoint + "/shares?token=" + TOKEN)
    assert TOKEN not in running.output()
    assert TOKEN.encode() not in log.read_bytes()


def test_only_trusted_proxies_say_who_asks(data, tmp_path):
    log = tmp_path / "access.log"
    more = f"log: {{format: json, accessFile: {log}}}\ntrustedProxies: [NETWORK]"
    headers = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "share.example.com",
    }
    for network, trusted in (("127.0.0.0/8", True), ("192.0.2.0/24", False)):
        with serve(data, tmp_path, more.replace("NETWORK", network)) as running:
            caller = wire.Caller(running.endpoint, TOKEN)
            lines = caller.query("a.b.t", headers=headers)
            ours = "https://share.example.com/" if trusted else "http://127.0.0.1:"
            assert all(url.startswith(ours) for url in wire.file_urls(lines))
            base = running.endpoint.removesuffix("/delta-sharing")
            # Behind a proxy, nobody is on this machine just because the proxy is.
            assert wire.ask_url("GET", base + "/metrics", headers).status == 404
            assert wire.ask_url("GET", base + "/metrics").status == 200
        record = json.loads(log.read_text().splitlines()[0])
        expected = "203.0.113.9" if trusted else "127.0.0.1:"
        assert record["remote"].startswith(expected), record
        log.unlink()


def tls_ask(endpoint, context):
    host, port = wire.address(endpoint)
    with wire.connect(endpoint) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
        secure.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while chunk := secure.recv(65536):
            received += chunk
        return secure.version(), secure.cipher()[0], received


def test_tls_is_modern_and_clients_may_have_to_show_who_they_are(data, tmp_path):
    ca, clients, others = (certificates.Authority(tmp_path, n) for n in ("ca", "clients", "others"))
    pair, friend, stranger = ca.issue("server"), clients.issue("friend"), others.issue("stranger")
    more = (
        f"ssl: {{certificateFile: {pair.chain}, certificateKeyFile: {pair.key}, "
        f"clientCaFile: {clients.certificate}, requireClientCertificate: true}}"
    )

    def context(own=None, version=None):
        made = ssl.create_default_context(cafile=ca.certificate)
        if own:
            made.load_cert_chain(own.chain, own.key)
        if version:
            made.minimum_version = made.maximum_version = version
        return made

    with serve(data, tmp_path, more, host="localhost") as running:
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            spoken, cipher, received = tls_ask(running.endpoint, context(friend, version))
            assert spoken == name and wire.status_of(received) == 200
            assert "GCM" in cipher or "CHACHA20" in cipher, cipher
            assert b"\r\nStrict-Transport-Security: max-age=" in received
        weak = context(friend, ssl.TLSVersion.TLSv1_2)
        weak.set_ciphers("AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, OSError)):
            tls_ask(running.endpoint, weak)
        old = context(friend)
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, OSError)):
            tls_ask(running.endpoint, old)
        for own in (None, stranger):
            with pytest.raises((ssl.SSLError, OSError)):
                version_, _, received = tls_ask(running.endpoint, context(own))
                assert received, "the connection ended without an answer"
                raise AssertionError("a stranger was answered")


def test_too_many_that_wait_are_told_to_come_again(data, tmp_path):
    """Few are worked for and few wait; the others are refused at once. What is asked for is no answer
    that is made without waiting: an older version."""
    more = "limits: {workerThreads: 1, maxQueuedRequests: 1}"
    query = wire.table_path("a.b.t") + "/query"
    with serve(data, tmp_path, more) as running:
        statuses, waits = [], []
        lock = threading.Lock()
        start = threading.Barrier(40)

        def ask():
            caller = wire.Caller(running.endpoint, TOKEN)
            start.wait()
            for _ in range(20):
                answer = caller.post(query, {"version": 0})
                with lock:
                    statuses.append(answer.status)
                    if answer.status == 503:
                        waits.append(answer.headers["Retry-After"])

        threads = [threading.Thread(target=ask) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) == {200, 503}, {status: statuses.count(status) for status in set(statuses)}
        assert set(waits) == {"1"}
        metrics = wire.metrics_of(running)
        queues = ("answers", "tables")
        refused = [wire.metric(metrics, f'sluice_queue_refused_total{{queue="{name}"}}') for name in queues]
        assert sum(refused) == statuses.count(503)
        for name in queues:
            assert wire.metric(metrics, f'sluice_queue_length{{queue="{name}"}}') == 0
