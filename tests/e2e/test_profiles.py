"""Profiles of each type, through Python, with the real server where it can: it knows bearer tokens,
so the token endpoint, a stand-in of an identity provider, hands out the server's own.
"""

import base64
import http.server
import json
import subprocess
import threading
import urllib.parse

import pytest
import sluice


class Recorder(http.server.BaseHTTPRequestHandler):
    """Answers each request with what the server's `answer(headers, form)` returns: status, JSON."""

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        self._reply(dict(urllib.parse.parse_qsl(self.rfile.read(size).decode())))

    def do_GET(self):
        self._reply({})

    def _reply(self, form):
        self.server.asked.append((self.path, dict(self.headers), form))
        status, content = self.server.answer(self.headers, form)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def stand_in():
    """stand_in(answer) -> a running server with `url` and `asked`."""
    running = []

    def start(answer):
        made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        made.answer, made.asked = answer, []
        made.url = f"http://127.0.0.1:{made.server_port}"
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        running.append((made, thread))
        return made

    yield start
    for made, thread in running:
        made.shutdown()
        thread.join()
        made.server_close()


def login_of(headers):
    kind, _, text = headers.get("Authorization", "").partition(" ")
    return base64.b64decode(text).decode() if kind == "Basic" else None


def rows(document):
    table = sluice.open_table("tables.default.versions", profile=document, max_retries=0)
    return table.to_arrow().num_rows


def client_credentials(shared, endpoint, **fields):
    return {
        "shareCredentialsVersion": 2,
        "type": "oauth_client_credentials",
        "endpoint": shared.endpoint,
        "tokenEndpoint": endpoint.url + "/token",
        "clientId": "us",
        "clientSecret": "a secret",
        **fields,
    }


def test_bearer_token(shared):
    document = {"type": "bearer_token", "endpoint": shared.endpoint, "bearerToken": shared.token}
    assert rows({"shareCredentialsVersion": 2, **document}) == 50


def test_client_credentials(shared, stand_in):
    def answer(headers, form):
        if login_of(headers) != "us:a secret":
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": shared.token, "token_type": "Bearer", "expires_in": 3600}

    provider = stand_in(answer)
    assert rows(client_credentials(shared, provider, scope="read all")) == 50
    # One token for all requests of a client.
    ((path, _, form),) = provider.asked
    assert path == "/token"
    assert form == {"grant_type": "client_credentials", "scope": "read all"}


def test_a_wrong_secret(shared, stand_in):
    provider = stand_in(lambda headers, form: (401, {"error": "invalid_client"}))
    with pytest.raises(sluice.UnauthenticatedError) as refused:
        rows(client_credentials(shared, provider))
    assert provider.url.removeprefix("http://") in str(refused.value)
    assert "a secret" not in str(refused.value)


def test_a_token_that_the_server_refuses_is_asked_for_anew(shared, stand_in):
    tokens = iter(["outdated" * 5])

    def answer(headers, form):
        return 200, {"access_token": next(tokens, shared.token), "expires_in": 3600}

    provider = stand_in(answer)
    assert rows(client_credentials(shared, provider)) == 50
    assert len(provider.asked) == 2


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_private_key_jwt(shared, stand_in, tmp_path):
    key, public = tmp_path / "key.pem", tmp_path / "public.pem"
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    openssl("pkey", "-in", key, "-pubout", "-out", public)

    def answer(headers, form):
        head, claims, signature = form["assertion"].split(".")
        (tmp_path / "text").write_text(f"{head}.{claims}")
        (tmp_path / "signature").write_bytes(decoded(signature))
        openssl(
            *("dgst", "-sha256", "-verify", public),
            *("-signature", tmp_path / "signature", tmp_path / "text"),
        )
        return 200, {"access_token": shared.token, "expires_in": 3600}

    provider = stand_in(answer)
    private = {"privateKeyFile": str(key), "keyId": "k1", "algorithm": "RS256"}
    auth = {
        "tokenEndpoint": provider.url + "/token",
        "issuer": "https://login.example",
        "clientId": "us",
        "audience": "https://sharing.example",
        "scope": "read",
        "privateKey": private,
    }
    document = {
        "shareCredentialsVersion": 2,
        "type": "oauth_jwt_bearer_private_key_jwt",
        "endpoint": shared.endpoint,
        "auth": auth,
    }
    assert rows(document) == 50
    ((_, _, form),) = provider.asked
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims = (json.loads(decoded(part)) for part in form["assertion"].split(".")[:2])
    assert (head["alg"], head["kid"]) == ("RS256", "k1")
    assert claims["exp"] - claims["iat"] == 120
    assert {name: claims[name] for name in ("iss", "aud", "resource", "scope")} == {
        "iss": "us",
        "aud": "https://login.example",
        "resource": "https://sharing.example",
        "scope": "read",
    }
    private["privateKeyFile"] = str(tmp_path / "gone.pem")
    with pytest.raises(sluice.InvalidArgumentError, match="privateKey.*gone.pem"):
        rows(document)


def test_basic(shared, stand_in):
    """The server takes no password: a stand-in of one that does answers a listing."""
    gateway = stand_in(lambda headers, form: (200, {"items": [{"name": login_of(headers)}]}))
    document = {
        "shareCredentialsVersion": 2,
        "type": "basic",
        "endpoint": gateway.url,
        "username": "us",
        "password": "pass: word",
    }
    assert sluice.SharingClient(document).list_shares() == [sluice.Share("us:pass: word")]
    with pytest.raises(sluice.UnauthenticatedError):
        rows({**document, "endpoint": shared.endpoint})


def test_headers_go_to_the_server_alone(shared, stand_in):
    provider = stand_in(lambda headers, form: (200, {"access_token": "t" * 40, "expires_in": 3600}))
    server = stand_in(lambda headers, form: (200, {"items": []}))
    document = {**client_credentials(shared, provider), "endpoint": server.url}
    client = sluice.SharingClient(document, headers={"x-team": "data"})
    assert client.list_shares() == []
    ((_, asked, _),), ((_, token_asked, _),) = server.asked, provider.asked
    assert asked["x-team"] == "data" and asked["Authorization"] == "Bearer " + "t" * 40
    assert "x-team" not in token_asked
