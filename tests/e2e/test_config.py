"""`sluice serve --config FILE`: the reference server's YAML, and what goes wrong in it."""

import json
import subprocess
import textwrap

import canonical
import pyarrow.parquet as parquet
import pytest
import server
import wire
import workers

TOKEN = "a-token-of-the-test-that-is-long-enough"


def write(path, text, **values):
    path.write_text(textwrap.dedent(text).format(**values))
    return path


@pytest.fixture(scope="module")
def reference(data, tmp_path_factory):
    """Every key of the reference server that concerns local tables, as its users write them."""
    folder = tmp_path_factory.mktemp("reference")
    config = write(
        folder / "server.yaml",
        """\
        # The format version of this config file
        version: 1
        shares:
        - name: "Share1"
          schemas:
          - name: "schema1"
            tables:
            - name: "sales"
              location: "file://{tables}/sales"
              id: "00000000-0000-0000-0000-000000000001"
            - name: "versions"
              location: "{tables}/versions"
              historyShared: true
              startVersion: 1
        - name: "share2"
          schemas:
          - name: "schema2"
            tables:
            - name: "empty"
              location: "file://{tables}/empty"
              id: "00000000-0000-0000-0000-000000000002"
        authorization:
          bearerToken: "{token}"
        host: "127.0.0.1"
        port: 0
        endpoint: "/delta-sharing"
        preSignedUrlTimeoutSeconds: 3600
        temporaryCredentialValiditySeconds: 3600
        deltaTableCacheSize: 10
        stalenessAcceptable: false
        evaluatePredicateHints: false
        evaluateJsonPredicateHints: true
        evaluateJsonPredicateHintsV2: true
        requestTimeoutSeconds: 30
        queryTablePageSizeLimit: 10000
        queryTablePageTokenTtlMs: 259200000
        refreshTokenTtlMs: 3600000
        """,
        tables=data / "tables",
        token=TOKEN,
    )
    with server.Configured(config) as running:
        yield running


@pytest.fixture
def caller(reference):
    return wire.Caller(reference.endpoint, TOKEN)


def test_the_endpoint_is_the_configured_one(reference):
    assert reference.endpoint.endswith("/delta-sharing")


def test_listings_are_what_was_configured(caller):
    assert [item["name"] for item in caller.get("/shares").json()["items"]] == ["Share1", "share2"]
    items = caller.get("/shares/share1/all-tables").json()["items"]
    assert [(item["name"], item["share"]) for item in items] == [
        ("sales", "Share1"),
        ("versions", "Share1"),
    ]
    assert items[0]["id"] == "00000000-0000-0000-0000-000000000001"
    assert caller.get("/shares/share2").json()["share"]["name"] == "share2"


def test_wrong_and_missing_tokens_are_401(reference):
    for token in (None, "", "wrong", TOKEN + "x", TOKEN[:-1]):
        answer = wire.Caller(reference.endpoint, token).get("/shares")
        assert (answer.status, answer.error()) == (401, "UNAUTHENTICATED"), answer.body
        assert b"WWW-Authenticate".lower() in str(answer.headers).lower().encode()
    basic = wire.Caller(reference.endpoint, None).get(
        "/shares", headers={"Authorization": f"Basic {TOKEN}"}
    )
    assert basic.status == 401


@pytest.mark.parametrize("client", ["official", "sluice"])
@pytest.mark.parametrize("delta", [False, True], ids=["parquet", "delta"])
def test_a_client_loads_from_it(reference, data, tmp_path, client, delta):
    profile = server.write_profile(tmp_path / "p.share", reference.endpoint, TOKEN)
    jobs = [workers.Job("sales", f"{profile}#Share1.schema1.sales", delta)]
    result = workers.load(client, jobs, tmp_path)["sales", delta]
    expected = parquet.read_table(data / "expected/sales.parquet")
    lossy = client == "official"
    assert "rows" in result, result
    assert canonical.difference(canonical.arrow_rows(expected, lossy), result["rows"]) is None


def test_several_tokens_each_with_shares_of_its_own(data, tmp_path):
    config = write(
        tmp_path / "server.yaml",
        """\
        version: 1
        shares:
        - {{name: red, schemas: [{{name: s, tables: [{{name: t, location: {tables}/empty}}]}}]}}
        - {{name: blue, schemas: [{{name: s, tables: [{{name: t, location: {tables}/empty}}]}}]}}
        authorization:
          bearerTokens:
          - {{name: all, token: token-of-all-0123456789}}
          - {{name: red only, token: token-of-red-0123456789, shares: [red]}}
          - {{name: gone, token: token-of-gone-0123456789, expirationTime: "2020-01-01T00:00:00Z"}}
        host: 127.0.0.1
        port: 0
        """,
        tables=data / "tables",
    )
    with server.Configured(config) as running:
        every, red, gone = (
            wire.Caller(running.endpoint, f"token-of-{name}-0123456789")
            for name in ("all", "red", "gone")
        )
        names = [[i["name"] for i in c.get("/shares").json()["items"]] for c in (every, red)]
        assert names == [["blue", "red"], ["red"]]
        hidden, absent = red.get("/shares/blue"), red.get("/shares/nothing")
        assert hidden.status == absent.status == 404
        assert hidden.error() == absent.error()
        assert hidden.json()["message"].replace("blue", "X") == absent.json()["message"].replace("nothing", "X")
        assert red.get(wire.table_path("blue.s.t") + "/version").status == 404
        assert red.get(wire.table_path("red.s.t") + "/version").status == 200
        assert gone.get("/shares").status == 401


@pytest.fixture
def certificate(tmp_path):
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
    subprocess.run(
        [*command.split(), "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", paths[0],
         "-keyout", paths[1]],
        check=True,
        capture_output=True,
    )
    return paths


TLS = """\
    version: 1
    shares: [{{name: a, schemas: [{{name: b, tables: [{{name: t, location: {tables}/versions}}]}}]}}]
    authorization: {{bearerToken: {token}}}
    host: localhost
    port: 0
    ssl: {ssl}
"""


@pytest.mark.parametrize("client", ["official", "sluice"])
def test_tls_with_a_certificate_of_ones_own(data, tmp_path, certificate, client):
    chain, key = certificate
    ssl = f"{{certificateFile: {chain}, certificateKeyFile: {key}}}"
    config = write(tmp_path / "s.yaml", TLS, tables=data / "tables", token=TOKEN, ssl=ssl)
    with server.Configured(config) as running:
        assert running.endpoint.startswith("https://")
        profile = server.write_profile(tmp_path / "p.share", running.endpoint, TOKEN)
        jobs = [workers.Job("t", f"{profile}#a.b.t", False)]
        names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
        environment = {name: str(chain) for name in names}
        result = workers.load(client, jobs, tmp_path, environment)["t", False]
    assert "rows" in result, result
    assert len(result["rows"][1]) == 50


def test_tls_self_signed(data, tmp_path):
    ssl = "{selfSigned: true}"
    config = write(tmp_path / "s.yaml", TLS, tables=data / "tables", token=TOKEN, ssl=ssl)
    with server.Configured(config) as running:
        assert running.endpoint.startswith("https://")
        caller = wire.Caller(running.endpoint, TOKEN)
        assert caller.get("/shares").status == 200
        urls = wire.file_urls(caller.query("a.b.t"))
        assert all(url.startswith("https://") for url in urls)
        assert wire.ask_url("GET", urls[0]).body.startswith(b"PAR1")
        # A client that was not told to trust it refuses it.
        profile = server.write_profile(tmp_path / "p.share", running.endpoint, TOKEN)
        failed = subprocess.run(
            [server.SLUICE, "ls", str(profile), "--retries", "0"], capture_output=True, text=True
        )
        assert failed.returncode != 0
        assert "certificate" in failed.stderr.lower()


GOOD = """\
version: 1
shares:
- name: a
  schemas:
  - name: b
    tables:
    - name: t
      location: /tmp/somewhere
authorization:
  bearerToken: a-secret-token-of-a-config
host: 127.0.0.1
port: 0
"""


@pytest.mark.parametrize(
    ("good", "bad", "place", "word"),
    [
        ("host: 127", "hots: 127", ":11:", "hots"),
        # The key is not repeated: below `authorization` it may be a token that was put in a wrong place.
        ("  bearerToken: a", "  bearerTokn: a", ":10:", "did you mean 'bearerToken'"),
        ("port: 0", "port: eighty", ":12:", "port"),
        ("port: 0", "port: 65536", ":12:", "port"),
        ("port: 0", "port: 0\nport: 1", ":13:", "port"),
        ("version: 1", "version: 2", ":1:", "version"),
        ("version: 1\n", "", "", "version"),
        ("      location: /tmp/somewhere\n", "", ":7:", "location"),
        ("/tmp/somewhere", "hdfs://name/table", ":8:", "hdfs"),
        ("/tmp/somewhere", "s3a:///table", ":8:", "bucket"),
        ("port: 0", "port: 0\nstorage: [{region: x}]", ":13:", "prefix"),
        ("port: 0", "port: 0\nstorage: [{prefix: 's3://', regoin: x}]", ":13:", "regoin"),
        ("port: 0", "port: 0\nstorage: [{prefix: /tmp}]", ":13:", "this machine"),
        ("/tmp/somewhere", "relative/path", ":8:", "absolute"),
        ("- name: a\n", "- name: [a\n", "", ""),
        ("    - name: t\n", "    - name: t\n      historyShared: maybe\n", ":8:", "historyShared"),
        ("port: 0", "port: 0\nrequestTimeoutSeconds: -5", ":13:", "requestTimeoutSeconds"),
        ("port: 0", "port: 0\nssl: {selfSigned: false}", ":13:", "ssl"),
    ],
)
def test_a_mistake_is_named_with_line_and_column(tmp_path, good, bad, place, word):
    assert good in GOOD
    config = tmp_path / "server.yaml"
    config.write_text(GOOD.replace(good, bad, 1))
    failed = subprocess.run(
        [server.SLUICE, "serve", "--config", config],
        capture_output=True,
        text=True,
        timeout=server.START_SECONDS,
    )
    assert failed.returncode > 0
    lines = failed.stderr.strip().splitlines()
    assert len(lines) == 1, failed.stderr
    assert f"server.yaml{place}" in lines[0] and word in lines[0], lines[0]
    assert "a-secret-token" not in failed.stderr


def test_the_profile_of_a_configured_token_is_not_printed(reference):
    assert TOKEN not in reference.output()
    assert json.dumps(TOKEN)[1:-1] not in reference.output()


def test_tables_in_memory_take_no_more_bytes_than_they_may(data, tmp_path):
    config = write(
        tmp_path / "server.yaml",
        """\
        version: 1
        shares:
        - name: s
          schemas:
          - name: d
            tables:
            - {{name: sales, location: "{tables}/sales"}}
            - {{name: versions, location: "{tables}/versions"}}
        authorization: {{bearerToken: "{token}"}}
        port: 0
        tableCacheBytes: {bytes}
        """,
        tables=data / "tables",
        token=TOKEN,
        bytes=1,
    )
    with server.Configured(config) as running:
        caller = wire.Caller(running.endpoint, TOKEN)
        for _ in range(2):
            for table in ("sales", "versions"):
                answer = caller.post(f"/shares/s/schemas/d/tables/{table}/query", {})
                assert answer.status == 200, answer.body
                # The one that is asked may exceed the limit; none stays beside it.
                assert wire.metric(wire.metrics_of(running), "sluice_tables_open") == 1
        config.write_text(config.read_text().replace("Bytes: 1\n", "Bytes: 0\n"))
    with server.Configured(config) as running:
        caller = wire.Caller(running.endpoint, TOKEN)
        for table in ("sales", "versions"):
            caller.post(f"/shares/s/schemas/d/tables/{table}/query", {})
        assert wire.metric(wire.metrics_of(running), "sluice_tables_open") == 2
