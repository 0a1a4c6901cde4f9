"""A catalog that is managed: the commands on it, a server of it, and what recipients see of it."""

import json
import subprocess
import urllib.error
import urllib.request

import server

#: Within which replicas see what another one changed; docs/operations.md says so.
REPLICA_SECONDS = 10


class Catalog:
    """Where it lies, and the commands on it."""

    def __init__(self, folder, where):
        self.folder = folder
        self.where = where

    def run(self, *arguments, code=0):
        done = subprocess.run(
            [server.SLUICE, *map(str, arguments), *self.where],
            capture_output=True, text=True, cwd=self.folder, timeout=60,
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if code == 0 else done.stderr

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def profile(self, name):
        return json.loads((self.folder / f"{name}.share").read_text())


class Serving(server.Server):
    def __init__(self, catalog, *arguments, **options):
        arguments = ["--listen", "127.0.0.1:0", *catalog.where, *arguments]
        super().__init__(*arguments, cwd=catalog.folder, **options)
        self.endpoint = self.wait_for(r"Serving the catalog at (\S+)").group(1)


def ask(url, token=None, method="GET", body=None):
    """(status, body)"""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def shares(endpoint, token):
    """The names that the token sees, or the status of the refusal."""
    status, body = ask(f"{endpoint}/shares", token)
    return [share["name"] for share in json.loads(body).get("items", [])] if status == 200 else status


def table_names(endpoint, token, share):
    status, body = ask(f"{endpoint}/shares/{share}/all-tables", token)
    assert status == 200, body
    return [f"{item['schema']}.{item['name']}" for item in json.loads(body)["items"]]


def wait_until(holds):
    server.until(holds, REPLICA_SECONDS)
