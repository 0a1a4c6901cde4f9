"""What an operator sees: readiness, metrics, the access log and `sluice audit`, the dashboard."""

import gzip
import json
import re
import signal
import subprocess

import managed
import pytest
import server
import wire

TOKEN = "a-token-of-the-test-that-is-long-enough"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

CONFIG = """\
version: 1
shares:
- {{name: a, schemas: [{{name: b, tables: [{{name: t, location: {tables}/sales}}]}}]}}
- {{name: hidden, schemas: [{{name: b, tables: [{{name: t, location: {tables}/sales}}]}}]}}
authorization:
  bearerTokens:
  - {{name: ada, token: {token}, shares: [a]}}
host: 127.0.0.1
port: 0
log: {{format: json, accessFile: {log}{more}}}
{limits}
"""


def serve(data, folder, *arguments, more="", limits=""):
    config, log = folder / "s.yaml", folder / "access.log"
    config.write_text(
        CONFIG.format(tables=data / "tables", token=TOKEN, log=log, more=more, limits=limits)
    )
    return server.Configured(config, *arguments), log


def audit(*arguments, code=0):
    done = subprocess.run(
        [server.SLUICE, "audit", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done


def test_a_line_says_who_got_what(data, tmp_path):
    running, log = serve(data, tmp_path)
    with running:
        caller = wire.Caller(running.endpoint, TOKEN)
        answer = caller.post(
            wire.table_path("a.b.t") + "/query",
            {},
            headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "tracestate": "x=y"},
        )
        files = [line["file"] for line in answer.lines() if "file" in line]
        caller.get(wire.table_path("hidden.b.t") + "/version")
        wire.Caller(running.endpoint, "wrong").get("/shares")
    query, hidden, wrong = map(json.loads, log.read_text().splitlines())
    assert query["request"] == answer.headers["x-request-id"]
    assert (query["recipient"], query["table"], query["endpoint"]) == ("ada", "a.b.t", "query_table")
    assert query["files"] == len(files) > 0
    assert query["file_bytes"] == sum(file["size"] for file in files)
    assert query["rows"] == sum(json.loads(file["stats"])["numRecords"] for file in files) > 0
    assert (query["trace"], query["span"], query["tracestate"]) == (TRACE, "00f067aa0ba902b7", "x=y")
    assert query["allowed"] is True and isinstance(query["version"], int)
    assert hidden["allowed"] is False and "hidden" in hidden["denied"] and hidden["status"] == 404
    assert wrong["allowed"] is False and "recipient" not in wrong


def test_the_error_log_names_the_trace(data, tmp_path):
    damaged = tmp_path / "t/_delta_log"
    damaged.mkdir(parents=True)
    (damaged / "00000000000000000000.json").write_text('{"add":\n')
    (tmp_path / "x").mkdir()
    with server.SharedFolder(tmp_path, tmp_path / "p.share", cwd=tmp_path) as running:
        share = wire.Caller(running.endpoint, running.token).get("/shares").json()["items"][0]["name"]
        wire.Caller(running.endpoint, running.token).post(
            wire.table_path(f"{share}.default.t") + "/query",
            {},
            headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
        )
        running.wait_for(rf"error.*request [0-9a-f]+ trace={TRACE}: ")


def test_metrics_have_a_port_of_their_own(data, tmp_path):
    running, _ = serve(data, tmp_path, "--metrics", "off", "--metrics-listen", "127.0.0.1:0")
    with running:
        port = running.wait_for(r"Metrics at port (\d+)").group(1)
        place = f"http://127.0.0.1:{port}"
        status, text = managed.ask(f"{place}/metrics")
        assert status == 200 and wire.metric(text, "process_start_time_seconds") > 0
        for path in ("/delta-sharing/shares", "/health", "/"):
            assert managed.ask(place + path, TOKEN)[0] == 404
        assert managed.ask(f"{place}/metrics", method="POST")[0] == 404
        assert managed.ask(running.endpoint.replace("/delta-sharing", "/metrics"))[0] == 404


def test_metrics_count_caches_queues_and_refusals(data, tmp_path):
    running, _ = serve(data, tmp_path)
    with running:
        caller = wire.Caller(running.endpoint, TOKEN)
        sizes = [f["file"]["size"] for f in caller.query("a.b.t") if "file" in f]
        caller.query("a.b.t")
        wire.Caller(running.endpoint, "wrong").get("/shares")
        caller.get(wire.table_path("hidden.b.t") + "/version")
        caller.post(wire.table_path("a.b.t") + "/query", "no json")
        metrics = wire.metrics_of(running)
    assert wire.metric(metrics, "sluice_table_cache_misses_total") == 1
    assert wire.metric(metrics, "sluice_table_cache_hits_total") >= 1
    assert wire.metric(metrics, 'sluice_snapshots_open{age_le="60"}') == 1
    assert wire.metric(metrics, 'sluice_snapshots_open{age_le="+Inf"}') == 1
    assert wire.metric(metrics, "sluice_snapshot_cache_bytes") > 0
    assert wire.metric(metrics, "sluice_files_shared_total") == 2 * len(sizes)
    assert wire.metric(metrics, "sluice_files_shared_bytes_total") == 2 * sum(sizes)
    # The others were answered at once.
    assert wire.metric(metrics, 'sluice_queue_left_total{queue="tables"}') == 2
    assert wire.metric(metrics, 'sluice_queue_length{queue="tables"}') == 0
    for reason in ("unauthenticated", "not_granted", "malformed"):
        assert wire.metric(metrics, f'sluice_refused_total{{reason="{reason}"}}') == 1, reason
    names = [line.split()[2] for line in metrics.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)), "a name is described twice"


def test_ready_until_it_is_told_to_stop(data, tmp_path):
    running, _ = serve(data, tmp_path, limits="limits: {shutdownDelaySeconds: 3}")
    with running:
        base = running.endpoint.removesuffix("/delta-sharing")
        ready = wire.ask_url("GET", base + "/ready")
        assert (ready.status, ready.json()) == (200, {"status": "ready"})
        running.process.send_signal(signal.SIGTERM)
        running.wait_for("stopping")
        leaving = wire.ask_url("GET", base + "/ready")
        assert (leaving.status, leaving.json()) == (503, {"status": "stopping"})
        assert leaving.headers["Retry-After"] == "1"
        assert wire.ask_url("GET", base + "/health").status == 200
        assert wire.Caller(running.endpoint, TOKEN).get("/shares").status == 200
        assert running.process.wait(60) == 0


def test_logs_rotate_and_audit_reads_them_all(data, tmp_path):
    running, log = serve(data, tmp_path, more=", accessMaxBytes: 3000, accessMaxFiles: 50")
    with running:
        caller = wire.Caller(running.endpoint, TOKEN)
        for number in range(60):
            caller.get(f"/shares?number={number}")
        caller.get(wire.table_path("hidden.b.t") + "/version")
    rotated = sorted(tmp_path.glob("access.log.*"))
    assert len(rotated) > 3
    assert all(path.stat().st_size <= 3000 for path in [log, *rotated])
    oldest = max(rotated, key=lambda path: int(path.suffix[1:]))
    (oldest.parent / (oldest.name + ".gz")).write_bytes(gzip.compress(oldest.read_bytes()))
    oldest.unlink()
    records = [json.loads(line) for line in audit(log, "--json").stdout.splitlines()]
    assert len(records) == 61
    assert [r["time"] for r in records] == sorted(r["time"] for r in records)
    denied = audit(log, "--denied").stdout.splitlines()
    assert len(denied) == 1 and "ada" in denied[0] and "no grant on table hidden.b.t" in denied[0]
    assert len(audit(log, "--table", "HIDDEN.b", "--json").stdout.splitlines()) == 1
    assert len(audit(log, "--recipient", "ada", "--since", "1h").stdout.splitlines()) == 61
    assert audit(log, "--since", "2999-01-01").stdout == ""
    one = records[7]["request"]
    assert json.loads(audit(log, "--request", one, "--json").stdout)["request"] == one


def test_audit_tolerates_what_is_no_record_and_names_what_is_missing(tmp_path):
    log = tmp_path / "a.log"
    good = '{"time":"2026-01-01T00:00:00.000Z","request":"r1","status":200}'
    log.write_text(f'{good}\n{{"time":"2026-\n' + "x" * 200_000 + f"\nplain text\n{good}")
    done = audit(log)
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == "sluice: 3 lines were no records\n"
    missing = audit(tmp_path / "none.log", log, code=1)
    assert "none.log: No such file" in missing.stderr and len(missing.stdout.splitlines()) == 2
    assert "--since" in audit(log, "--since", "soon", code=2).stderr
    piped = subprocess.run(
        [server.SLUICE, "audit", "-"], input=good, capture_output=True, text=True, timeout=60
    )
    assert len(piped.stdout.splitlines()) == 1


def test_every_metric_of_the_dashboard_exists(data, tmp_path):
    running, _ = serve(data, tmp_path)
    with running:
        caller = wire.Caller(running.endpoint, TOKEN)
        caller.query("a.b.t")
        wire.Caller(running.endpoint, "wrong").get("/shares")
        metrics = wire.metrics_of(running)
    there = {re.split(r"[{ ]", line)[0] for line in metrics.splitlines() if not line.startswith("#")}
    there |= {line.split()[2] for line in metrics.splitlines() if line.startswith("# TYPE")}
    dashboard = json.loads((server.ROOT / "deploy/grafana/sluice.json").read_text())
    expressions = [t["expr"] for panel in dashboard["panels"] for t in panel.get("targets", [])]
    assert len(expressions) > 10
    asked = {
        name for text in expressions for name in re.findall(r"\b(?:sluice|process)_[a-z_]+", text)
    }
    assert asked - there == set()
    alerts = (server.ROOT / "deploy/prometheus/alerts.yaml").read_text()
    assert set(re.findall(r"\b(?:sluice|process)_[a-z_]+", alerts)) - there == set()


@pytest.mark.parametrize("header", ["", "00-0-0-0", f"00-{'0' * 32}-{'0' * 16}-01", "x" * 5000])
def test_a_traceparent_that_is_none_is_none(data, tmp_path, header):
    running, log = serve(data, tmp_path)
    with running:
        wire.Caller(running.endpoint, TOKEN).get("/shares", headers={"traceparent": header})
    assert "trace" not in json.loads(log.read_text())


def test_the_catalog_keeps_records_and_answers_for_them(data, tmp_path):
    place = ("--data-dir", tmp_path / "data")
    catalog = managed.Catalog(tmp_path, place)
    catalog.run("share", "create", "a")
    catalog.run("share", "add", data / "tables/sales", "--to", "a.b.t")
    for name in ("anna", "bob"):
        catalog.run("recipient", "create", name, "--endpoint", "http://127.0.0.1:1/delta-sharing")
    catalog.run("grant", "a", "--to", "anna")
    config = tmp_path / "s.yaml"
    config.write_text(f"version: 1\ncatalog: sqlite\ndataDirectory: {tmp_path}/data\nhost: 127.0.0.1\nport: 0\n"
                      "log: {access: false, catalogDays: 30}\n")
    with server.Configured(config) as running:
        for name in ("anna", "bob", "anna"):
            token = catalog.profile(name)["bearerToken"]
            wire.Caller(running.endpoint, token).get(wire.table_path("a.b.t") + "/version")
        assert wire.metric(wire.metrics_of(running), "sluice_audit_lost_total") == 0
    records = [json.loads(line) for line in audit(*place, "--json", "--recipient", "anna").stdout.splitlines()]
    assert [(r["table"], r["status"]) for r in records] == [("a.b.t", 200)] * 2
    denied = audit(*place, "--denied", "--since", "1h").stdout.splitlines()
    assert len(denied) == 1 and "bob" in denied[0]
    assert audit(*place, "--until", "2020-01-01").stdout == ""
    assert "and not both" in audit(*place, config, code=2).stderr
    assert "and not both" in audit(code=2).stderr


def test_every_change_is_in_the_trail_with_who_made_it(data, tmp_path):
    """Those of the admin API in the access log and in the catalog, told once; those of commands in the
    catalog; and what was asked for in vain with its reason."""
    place = ("--data-dir", tmp_path / "data")
    catalog = managed.Catalog(tmp_path, place)
    catalog.run("share", "create", "a")
    catalog.run("recipient", "create", "zoe", "--endpoint", "http://127.0.0.1:1/delta-sharing")
    root = catalog.json("admin", "create", "zoe")["token"]
    config, log = tmp_path / "s.yaml", tmp_path / "access.log"
    config.write_text(f"version: 1\ncatalog: sqlite\ndataDirectory: {tmp_path}/data\nhost: 127.0.0.1\nport: 0\n"
                      f"admin: {{listen: '127.0.0.1:0'}}\nlog: {{format: json, accessFile: {log}, catalogDays: 30}}\n")
    with server.Configured(config) as running:
        admin = re.search(r"Admin API at (\S+)", running.output()) or running.wait_for(r"Admin API at (\S+)")
        recipients = f"{admin.group(1)}/recipients"
        table = {"schema": "b", "name": "t", "location": "/t", "rowFilter": "("}
        answers = [
            managed.ask(f"{recipients}/zoe/grants", root, "PUT", {"share": "a"})[0],
            managed.ask(f"{recipients}/eve/grants", root, "PUT", {"share": "a"})[0],
            managed.ask(f"{admin.group(1)}/shares/a/tables", root, "POST", table)[0],
            managed.ask(f"{recipients}/zoe", root, "PATCH", {"colour": "red"})[0],
            managed.ask(f"{recipients}/zoe", "guess", "DELETE")[0],
            managed.ask(recipients, root)[0],
        ]
        assert answers == [200, 404, 400, 400, 401, 200]
        catalog.run("revoke", "a", "--from", "zoe")
    granted, strange, refused, unknown, denied, listed = (
        json.loads(line) for line in audit(log, "--json").stdout.splitlines()
    )
    assert granted["admin"] == "zoe" and granted["remote"].startswith("127.0.0.1:") and granted["request"]
    assert (granted["change"], granted["target"], granted["allowed"]) == ("grant", "zoe/a", True)
    assert "recipient" not in granted and "error" not in granted
    assert (strange["change"], strange["target"]) == ("grant", "eve/a") and "eve" in strange["error"]
    assert (refused["change"], refused["target"]) == ("add table", "a.b.t") and refused["error"]
    assert unknown["target"] == "zoe" and "'colour'" in unknown["error"]
    assert (denied["target"], denied["allowed"]) == ("zoe", False) and "not known" in denied["denied"]
    assert "change" not in listed and "error" not in listed and listed["admin"] == "zoe"
    assert audit(log, "--recipient", "zoe").stdout == ""
    assert len(audit(log, "--admin", "zoe").stdout.splitlines()) == 5

    def trail(*more):
        return [json.loads(line) for line in audit(*place, "--json", *more).stdout.splitlines()]

    changes = [(r["admin"].split()[0], r["change"], r["target"]) for r in trail("--changes") if "error" not in r]
    assert changes == [
        ("command", "create share", "a"),
        ("command", "set endpoint", "http://127.0.0.1:1/delta-sharing"),
        ("command", "create recipient", "zoe"),
        ("command", "issue token", "zoe"),
        ("command", "create admin", "zoe"),
        ("zoe", "grant", "zoe/a"),
        ("command", "revoke", "zoe/a"),
    ]
    everything = trail()
    assert [r["time"] for r in everything] == sorted(r["time"] for r in everything)
    assert len(everything) == len(changes) + 5
    versions = [r["version"] for r in everything if "version" in r]
    assert versions == list(range(1, len(changes) + 1))
    (kept,) = trail("--request", granted["request"])
    assert {**kept, "ms": granted["ms"]} == granted
    assert trail("--recipient", "zoe") == []
    assert trail("--until", "2020-01-01") == []
    assert len(trail("--denied")) == 1
    # Where no records were kept, the catalog has its changes all the same.
    (tmp_path / "data/audit.db").unlink()
    told = [(r["admin"].split()[0], r["change"], r["target"]) for r in trail()]
    assert told == changes and not (tmp_path / "data/audit.db").exists()


def test_a_link_that_is_used_is_a_change_too(tmp_path):
    catalog = managed.Catalog(tmp_path, ("--data-dir", tmp_path / "data"))
    log = tmp_path / "access.log"
    with managed.Serving(catalog, "--log-format", "json", "--access-log", log) as running:
        url = catalog.json("recipient", "create", "anna", "--link", "--endpoint", running.endpoint)["url"]
        page, _, secret = url.partition("#")
        assert managed.ask(page, method="POST", body={"code": secret})[0] == 200
        assert managed.ask(page, method="POST", body={"code": secret})[0] == 404
    used, again = (json.loads(line) for line in log.read_text().splitlines())
    assert (used["recipient"], used["change"], used["target"]) == ("anna", "activate", "anna")
    assert "change" not in again and not again["allowed"]


def test_a_catalog_that_is_not_managed_keeps_no_records(data, tmp_path):
    config = tmp_path / "s.yaml"
    config.write_text("version: 1\nshares: []\nport: 0\nlog: {catalogDays: 1}\n")
    done = subprocess.run([server.SLUICE, "serve", "--config", config], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "log.catalogDays" in done.stderr and "managed" in done.stderr
