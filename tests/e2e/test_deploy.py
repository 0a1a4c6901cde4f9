"""What lies in deploy/, tried as far as one machine allows: the unit, the manifests, the image's lists,
and nginx in front of three servers of which one is killed."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import urllib.parse

import certificates
import load
import managed
import nginx
import postgres
import pytest
import server
import wire
import workers
import yaml

DEPLOY = server.ROOT / "deploy"
TOKEN = "a-token-of-the-test-that-is-long-enough"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_the_unit_is_sound_and_hardened(tmp_path):
    program = tmp_path / "sluice"
    program.symlink_to(server.SLUICE)
    unit = tmp_path / "sluice.service"
    unit.write_text((DEPLOY / "systemd/sluice.service").read_text().replace("/usr/bin/sluice", str(program)))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stderr
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
        capture_output=True,
        text=True,
    )
    assert rated.returncode == 0, rated.stdout[-600:]


def documents():
    return list(yaml.safe_load_all((DEPLOY / "kubernetes/sluice.yaml").read_text()))


def test_the_manifests_fit_each_other_and_the_program(tmp_path):
    config, deployment, service, budget = documents()
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        budget["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    (container,) = pod["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert service["spec"]["ports"][0]["targetPort"] in ports
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes

    # The configuration in it, with the files where this machine has them, is one that serves.
    text = config["data"]["server.yaml"]
    parsed = yaml.safe_load(text)
    assert parsed["port"] == ports["https"]
    (tmp_path / "tls").mkdir()
    ca = certificates.Authority(tmp_path / "tls", "ca")
    pair = ca.issue("server")
    text = text.replace(parsed["ssl"]["certificateFile"], str(pair.chain))
    text = text.replace(parsed["ssl"]["certificateKeyFile"], str(pair.key))
    (tmp_path / "server.yaml").write_text(text)
    (tmp_path / "server.key").write_bytes(os.urandom(32))
    arguments = [
        argument.replace("/etc/sluice/config/", f"{tmp_path}/").replace("/etc/sluice/key/", f"{tmp_path}/")
        for argument in container["args"]
    ]
    checked = subprocess.run([server.SLUICE, *arguments, "--check-config"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    mounted = [mount["mountPath"] for mount in container["volumeMounts"]]
    named = [a for a in container["args"] if a.startswith("/")] + list(parsed["ssl"].values())
    assert all(str(pathlib.Path(path).parent) in mounted for path in named)
    # Nothing in it opens anything, and the service leads to no metrics.
    assert not {"shares", "authorization"} & parsed.keys() and "Sha256" not in text
    assert {port["targetPort"] for port in service["spec"]["ports"]} == {"https"}
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    assert f":{ports['metrics']}" in container["args"]
    stop = parsed["limits"]["shutdownDelaySeconds"] + parsed["limits"]["shutdownTimeoutSeconds"]
    assert pod["spec"]["terminationGracePeriodSeconds"] > stop


@pytest.mark.skipif(postgres.program("initdb") is None, reason="no PostgreSQL here")
def test_the_manifests_serve_the_catalog_of_a_database(tmp_path):
    """With the variables of the secret, and ports that are free."""
    config, deployment, *_ = documents()
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert [source["secretRef"]["name"] for source in container["envFrom"]] == ["sluice-database"]
    text = (DEPLOY / "kubernetes/sluice.yaml").read_text()
    named = re.findall(r"--from-literal=(PG\w+)=", text)
    parsed = yaml.safe_load(config["data"]["server.yaml"])
    del parsed["ssl"]
    parsed["limits"]["shutdownDelaySeconds"] = 0
    (tmp_path / "server.yaml").write_text(yaml.safe_dump(parsed))
    (tmp_path / "server.key").write_bytes(os.urandom(32))
    cluster = postgres.Cluster()
    try:
        url = urllib.parse.urlsplit(cluster.new_database())
        query = dict(urllib.parse.parse_qsl(url.query))
        values = {"PGHOST": query["host"], "PGUSER": query["user"], "PGPASSWORD": "unused"}
        values["PGDATABASE"] = url.path[1:]
        assert sorted(named) == sorted(values)
        args = {"/etc/sluice/config/server.yaml": tmp_path / "server.yaml"}
        args |= {"/etc/sluice/key/server.key": tmp_path / "server.key", ":9090": "127.0.0.1:0"}
        serve, *rest = [args.get(one, one) for one in container["args"]]
        assert serve == "serve"
        with server.Server(*rest, "--listen", "127.0.0.1:0", env=values) as running:
            running.wait_for("^Serving ")
            port = running.wait_for(r"Metrics at port (\d+)").group(1)
            assert managed.ask(f"http://127.0.0.1:{port}/metrics")[0] == 200
            made = subprocess.run(
                [server.SLUICE, "recipient", "create", "anna", "--catalog", parsed["catalog"]]
                + ["--endpoint", parsed["publicUrl"], "--profile", "-"],
                env={**os.environ, **values}, capture_output=True, text=True,
            )
            assert "bearerToken" in made.stdout, made.stderr
    finally:
        cluster.close()


def dockerfile_packages():
    text = (DEPLOY / "docker/Dockerfile").read_text().replace("\\\n", " ")
    lists = re.findall(r"apt-get install -y --no-install-recommends ([^&]*)&&", text)
    assert len(lists) == 2
    return [words.split() for words in lists]


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="not a Debian")
def test_the_image_has_every_library_that_the_program_loads():
    build, runtime = dockerfile_packages()
    wanted = {line.strip() for line in (server.ROOT / "scripts/apt-packages.txt").read_text().splitlines()}
    assert set(build) <= wanted, "the image builds with what the project pins"
    loaded = subprocess.run(["ldd", server.SLUICE], capture_output=True, text=True, check=True).stdout
    for name, path in re.findall(r"^\s*(\S+) => (\S+)", loaded, re.M):
        if "/pyarrow/" in path:
            assert re.match(r"lib(arrow|arrow_compute|parquet)\.so", name), name
            continue
        needed = subprocess.run(
            ["readelf", "-d", server.SLUICE], capture_output=True, text=True, check=True
        ).stdout
        if f"[{name}]" not in needed:
            continue  # comes with a package of one that is needed
        owner = subprocess.run(
            ["dpkg-query", "-S", f"*/{pathlib.Path(path).parent.name}/{name}"], capture_output=True, text=True, check=True
        ).stdout.split(":")[0]
        assert owner in {*runtime, "libc6", "libgcc-s1"}, f"{name} is of {owner}"


def test_the_image_copies_what_is_there():
    ignored = (server.ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    for line in (DEPLOY / "docker/Dockerfile").read_text().splitlines():
        if not line.startswith("COPY ") or "--from" in line:
            continue
        for source in line.split()[1:-1]:
            assert (server.ROOT / source).exists(), source
            assert f"!{source}" in ignored, source


def before_all(endpoints, pair):
    """nginx.Nginx's configuration: these servers, that certificate."""

    def configuration(running):
        changes = [
            (f"server 10.0.0.{11 + number}:8080 ", "server {}:{} ".format(*wire.address(endpoint)))
            for number, endpoint in enumerate(endpoints)
        ]
        return nginx.replaced(running.here(pair), *changes)

    return configuration


CONFIG = """\
version: 1
{shared}
host: 127.0.0.1
port: 0
trustedProxies: [127.0.0.1]
log: {{access: false}}
"""


def query_load(port, context, token):
    """Queries through nginx, and the first file that each answer links to."""

    def fetch(connection, method, path, body=None, headers=None):
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def ask(connection):
        path = "/delta-sharing" + wire.table_path("a.b.t") + "/query"
        status, body = fetch(connection, "POST", path, "{}", {"Authorization": f"Bearer {token}"})
        if status != 200:
            return status, body
        lines = [json.loads(line) for line in body.splitlines()]
        url = next(line["file"]["url"] for line in lines if "file" in line)
        if not url.startswith(f"https://localhost:{port}/"):
            return url
        # Signed by one server, fetched from another.
        status, body = fetch(connection, "GET", url.split(str(port), 1)[1])
        return None if status == 200 and body.startswith(b"PAR1") else (status, body[:200])

    return load.Load(
        lambda: http.client.HTTPSConnection("localhost", port, timeout=60, context=context), ask, 4
    )


class Fixed:
    """What is shared is in the configuration."""

    def __init__(self, data, _folder):
        self.token = TOKEN
        tables = f"tables: [{{name: t, location: {data}/tables/sales}}]"
        self.shared = (
            f"shares: [{{name: a, schemas: [{{name: b, {tables}}}]}}]\n"
            f"authorization: {{bearerToken: {TOKEN}}}"
        )

    def change(self, _ask):
        pass

    def close(self):
        pass


class InPostgres:
    """What is shared is in a database, which all servers ask."""

    def __init__(self, data, folder):
        if postgres.program("initdb") is None:
            pytest.skip("no PostgreSQL server is installed")
        self._cluster = postgres.Cluster()
        url = self._cluster.new_database()
        self.shared = f"catalog: '{url}'"
        self._catalog = managed.Catalog(folder, ["--catalog", url])
        self._catalog.run("share", "create", "a")
        self._catalog.run("share", "add", data / "tables/sales", "--to", "a.b.t")
        self.token = self._make("anna")

    def _make(self, name):
        self._catalog.run("recipient", "create", name, "--endpoint", "https://localhost/delta-sharing")
        self._catalog.run("grant", "a", "--to", name)
        return self._catalog.profile(name)["bearerToken"]

    def change(self, ask):
        """Who is new is let in by all, and nobody lets in who was revoked."""
        token = self._make("bob")
        server.until(lambda: all(ask(token) == 200 for _ in range(9)))
        self._catalog.run("recipient", "revoke", "bob")
        server.until(lambda: all(ask(token) == 401 for _ in range(9)))

    def close(self):
        self._cluster.close()


@pytest.mark.skipif(not nginx.PROGRAM, reason="no nginx here")
@pytest.mark.parametrize("catalog", [Fixed, InPostgres])
def test_three_servers_behind_nginx_of_which_one_is_killed(data, tmp_path, catalog):
    ca = certificates.Authority(tmp_path, "ca")
    key, config = tmp_path / "server.key", tmp_path / "server.yaml"
    key.write_bytes(os.urandom(32))
    kept = catalog(data, tmp_path)
    config.write_text(CONFIG.format(shared=kept.shared))
    servers = [server.Configured(config, "--key-file", key) for _ in range(3)]
    folder = tmp_path / "nginx"
    context = ssl.create_default_context(cafile=ca.certificate)

    def status(path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        outside = http.client.HTTPSConnection("localhost", outer.port, timeout=60, context=context)
        outside.request("GET", path, headers=headers)
        answered = outside.getresponse().status
        outside.close()
        return answered

    try:
        configuration = before_all([one.endpoint for one in servers], ca.issue("nginx"))
        with nginx.Nginx(folder, configuration) as outer:
            endpoint = f"https://localhost:{outer.port}/delta-sharing"
            with query_load(outer.port, context, kept.token) as queries:
                queries.wait_for(200, seconds=120)
                kept.change(lambda token: status("/delta-sharing/shares/a", token))
                servers[0].process.kill()
                servers[0].process.wait()
                queries.wait_for(400, seconds=120)
                servers[1].process.send_signal(signal.SIGTERM)  # and one leaves as it should
                queries.wait_for(400, seconds=120)
                profile = server.write_profile(tmp_path / "p.share", endpoint, kept.token)
                trust = {name: str(ca.certificate) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
                jobs = [workers.Job("t", f"{profile}#a.b.t", False)]
                official = workers.load("official", jobs, tmp_path, trust)["t", False]
                ours = workers.load("sluice", jobs, tmp_path, trust)["t", False]
                assert official["rows"] == ours["rows"]
            # Our client asks for all files over one connection of HTTP/2, where the proxy offers it.
            assert '"POST /delta-sharing/shares/a/schemas/b/tables/t/query HTTP/2.0" 200' in (folder / "nginx.log").read_text()
            assert re.search(r'"GET /delta-sharing/_files/\S+ HTTP/2\.0" 20[06]', (folder / "nginx.log").read_text())
            assert queries.failures == []
            assert status("/metrics") == 404
            assert status("/delta-sharing/activate") == (200 if catalog is InPostgres else 404)
    finally:
        for one in servers:
            if one.process.poll() is None:
                one.stop()
        kept.close()
