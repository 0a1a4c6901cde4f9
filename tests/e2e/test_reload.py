"""`sluice serve --config FILE`: checking the file, and taking a new one over without losing a request."""

import http.client
import os
import shutil
import signal
import ssl
import subprocess
import time

import certificates
import load
import pytest
import server
import wire

TOKEN = "a-token-of-the-test-that-is-long-enough"
OTHER = "another-token-that-comes-with-the-reload"


def config_text(data, tables=("sales",), token=TOKEN, more=""):
    lines = [f"    - {{name: {name}, location: {data}/tables/{name}}}" for name in tables]
    return "\n".join(
        ["version: 1", "shares:", "- name: a", "  schemas:", "  - name: b", "    tables:", *lines]
        + [f"authorization: {{bearerToken: {token}}}", "host: 127.0.0.1", "port: 0", more, ""]
    )


def reload(running, expected="was read again"):
    running.process.send_signal(signal.SIGHUP)
    return running.wait_for(expected)


def names(caller):
    return [item["name"] for item in caller.get("/shares/a/all-tables").json()["items"]]


def query_load(running):
    """Every other thread connects anew each time."""
    host, port = wire.address(running.endpoint)
    path = "/delta-sharing" + wire.table_path("a.b.sales") + "/query"

    def ask(connection):
        connection.request("POST", path, body="{}", headers={"Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        body = answer.read()
        return None if answer.status == 200 and b'"file"' in body else (answer.status, body)

    return load.Load(
        lambda: http.client.HTTPConnection(host, port, timeout=30), ask, 6, lambda number: number % 2
    )


def test_no_request_is_lost_while_configurations_change(data, tmp_path):
    config = tmp_path / "s.yaml"
    config.write_text(config_text(data))
    with server.Configured(config) as running, query_load(running) as queries:
        for round_ in range(20):
            tables = ("sales", "versions") if round_ % 2 else ("sales",)
            size = 10 + round_ % 3  # another cache now and then
            config.write_text(config_text(data, tables, more=f"deltaTableCacheSize: {size}"))
            reload(running)
            queries.wait_for(20)
            assert names(wire.Caller(running.endpoint, TOKEN)) == list(tables)
    assert queries.failures == []
    assert queries.answers >= 400


def test_a_wrong_file_is_refused_and_the_server_goes_on(data, tmp_path):
    config = tmp_path / "s.yaml"
    config.write_text(config_text(data))
    with server.Configured(config) as running:
        caller = wire.Caller(running.endpoint, TOKEN)
        for text, complaint in (
            (config_text(data, token=OTHER, more="prot: 1"), r"s\.yaml:\d+:\d+: .*prot"),
            ("shares: [", r"stays as it was: .*s\.yaml:"),
            (config_text(data, token=OTHER, more="log: {accessFile: /no/such/folder/x}"), "no/such"),
            (config_text(data, more="ssl: {certificateFile: /none, certificateKeyFile: /none}"), None),
        ):
            config.write_text(text)
            reload(running, complaint or "until a restart: ssl")
            if complaint is None:
                running.wait_for("was read again")
            assert caller.get("/shares").status == 200
            assert wire.Caller(running.endpoint, OTHER).get("/shares").status == 401
        metrics = wire.metrics_of(running)
        assert 'sluice_config_reloads_total{outcome="failed"} 3' in metrics
        assert 'sluice_config_reloads_total{outcome="ok"} 1' in metrics


def test_what_cannot_change_is_named_and_the_rest_changes(data, tmp_path):
    config = tmp_path / "s.yaml"
    config.write_text(config_text(data))
    with server.Configured(config) as running:
        more = f"dataDirectory: {tmp_path}/data\nlimits: {{workerThreads: 3}}\nlog: {{level: debug}}"
        config.write_text(config_text(data, ("versions",), OTHER, more).replace("port: 0", "port: 1"))
        running.process.send_signal(signal.SIGHUP)
        named = running.wait_for("until a restart: (.*)").group(1)
        assert named == "port, dataDirectory, limits.workerThreads"
        running.wait_for("was read again")
        assert wire.Caller(running.endpoint, TOKEN).get("/shares").status == 401
        assert names(wire.Caller(running.endpoint, OTHER)) == ["versions"]
        assert not (tmp_path / "data").exists()


def test_a_folders_token_outlives_a_reload(data, tmp_path):
    with server.SharedFolder(data / "tables", tmp_path / "p.share") as running:
        reload(running)
        assert wire.Caller(running.endpoint, running.token).get("/shares").status == 200


def test_changed_files_are_read_by_themselves(data, tmp_path):
    """Written in place, replaced by another, and behind a link that is swapped (as Kubernetes does)."""
    real = tmp_path / "v1"
    real.mkdir()
    (real / "s.yaml").write_text(config_text(data, more="reloadOnChange: true"))
    (tmp_path / "current").symlink_to(real)
    config = tmp_path / "s.yaml"
    config.symlink_to("current/s.yaml")
    with server.Configured(config) as running:
        caller = wire.Caller(running.endpoint, TOKEN)

        (real / "s.yaml").write_text(config_text(data, ("versions",), more="reloadOnChange: true"))
        running.wait_for("was read again")
        assert names(caller) == ["versions"]

        fresh = real / "fresh"
        fresh.write_text(config_text(data, ("sales",), more="reloadOnChange: true"))
        os.replace(fresh, real / "s.yaml")
        running.wait_for("was read again")
        assert names(caller) == ["sales"]

        second = tmp_path / "v2"
        second.mkdir()
        (second / "s.yaml").write_text(config_text(data, ("empty",)))
        (tmp_path / "next").symlink_to(second)
        os.replace(tmp_path / "next", tmp_path / "current")
        running.wait_for("was read again")
        assert names(caller) == ["empty"]


def served_certificate(endpoint):
    return ssl.get_server_certificate(wire.address(endpoint))


def test_a_renewed_certificate_is_shown_to_new_connections(data, tmp_path):
    ca = certificates.Authority(tmp_path, "ca")
    old, new = ca.issue("old"), ca.issue("new", days=90)
    chain, key = tmp_path / "s.crt", tmp_path / "s.key"

    def install(pair):
        shutil.copy(pair.chain, chain)
        shutil.copy(pair.key, key)

    install(old)
    config = tmp_path / "s.yaml"
    tls = f"ssl: {{certificateFile: {chain}, certificateKeyFile: {key}}}\nreloadOnChange: true"
    config.write_text(config_text(data, more=tls).replace("127.0.0.1", "localhost"))
    with server.Configured(config) as running:
        host, port = wire.address(running.endpoint)
        context = ssl.create_default_context(cafile=ca.certificate)
        kept = http.client.HTTPSConnection(host, port, timeout=30, context=context)
        kept.request("GET", "/health")
        assert kept.getresponse().read() == b'{"status":"ok"}'
        assert served_certificate(running.endpoint) == old.chain.read_text()
        install(new)
        running.wait_for("was read again")
        assert served_certificate(running.endpoint) == new.chain.read_text()
        kept.request("GET", "/health")  # the connection that was there goes on
        assert kept.getresponse().read() == b'{"status":"ok"}'
        kept.request("GET", "/metrics")
        metrics = kept.getresponse().read().decode()
        line = next(li for li in metrics.splitlines() if li.startswith("sluice_tls_certificate_expires"))
        assert 89 * 86400 < float(line.split()[1]) - time.time() < 91 * 86400
        kept.close()
        # A key of another certificate is refused, and the good one stays.
        shutil.copy(old.key, key)
        running.wait_for("stays as it was: TLS key")
        assert served_certificate(running.endpoint) == new.chain.read_text()


def check(*arguments):
    command = [server.SLUICE, "serve", *map(str, arguments), "--check-config"]
    return subprocess.run(command, capture_output=True, text=True, timeout=server.START_SECONDS)


def test_check_config_says_ok_or_where(data, tmp_path):
    config = tmp_path / "s.yaml"
    config.write_text(config_text(data))
    for arguments in (("--config", config), (config,)):
        good = check(*arguments)
        assert (good.returncode, good.stdout, good.stderr) == (0, f"OK: {config}\n", "")
    assert not list(tmp_path.glob("*.share"))


@pytest.mark.parametrize(
    ("more", "code", "complaint"),
    [
        ("prot: 1", 2, "s.yaml:11:1: "),
        ("deltaTableCacheSize: x", 2, "s.yaml:11:"),
        ("ssl: {certificateFile: /none.crt, certificateKeyFile: /none.key}", 2, "/none.crt"),
        ("dataRoots: [/no/such/folder]", None, "/no/such/folder"),
        ("log: {accessFile: /no/such/folder/x}", 1, "/no/such/folder"),
        ("trustedProxies: [example.com]", 2, "s.yaml:11:18: trustedProxies"),
    ],
)
def test_check_config_finds(data, tmp_path, more, code, complaint):
    config = tmp_path / "s.yaml"
    config.write_text(config_text(data, more=more))
    bad = check("--config", config)
    assert bad.returncode == code or (code is None and bad.returncode in (1, 2))
    assert bad.stdout == ""
    assert complaint in bad.stderr and len(bad.stderr.splitlines()) == 1, bad.stderr
