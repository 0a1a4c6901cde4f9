"""Tokens of an issuer as bearer tokens: a real provider (oidc-provider), both clients, forged tokens."""

import hashlib
import hmac
import json
import re
import socket
import subprocess
import time

import canonical
import deltalake
import identity
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import server
import wire
import workers

AUDIENCE = "https://sharing.example"
STATIC = "a-static-token-of-the-test-that-is-long-enough"
GENERIC = "the token is not accepted here: get a new one from your identity provider"
SECONDS = 60


def client(name, **more):
    secret = hashlib.sha256(name.encode()).hexdigest()
    return {"client_id": name, "client_secret": secret, "grant_types": ["client_credentials"], **more}


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return identity.KeyPair(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def clients(key):
    signs = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.jwk("c1")]}}
    return [
        client("ann", **{"x-claims": {"country": "DE", "groups": ["a", "b"]}}),
        client("bob", **{"x-claims": {"groups": ["b"]}}),
        client("carol", **signs, **{"x-claims": {"groups": ["a"]}}),
        client("nobody"),
    ]


@pytest.fixture(scope="module")
def issuer(clients):
    with identity.Issuer(AUDIENCE, clients) as running:
        yield running


def configure(path, data, issuer_url):
    tables = data / "tables"
    config = {
        "version": 1,
        "host": "127.0.0.1",
        "port": 0,
        "shares": [
            {"name": name, "schemas": [{"name": "s", "tables": [{"name": "t", "location": str(tables / table)}]}]}
            for name, table in (("sales", "sales"), ("hidden", "versions"))
        ],
        "authorization": {
            "bearerTokens": [{"name": "static", "token": STATIC}],
            "oidc": [
                {
                    "issuer": issuer_url,
                    "audiences": ["https://elsewhere.example", AUDIENCE],
                    "clockSkewSeconds": 0,
                    "recipients": [
                        {"name": "Bob", "subject": "bob", "shares": ["hidden"]},
                        {"name": "group-a", "claims": {"groups": ["x", "a"]}, "shares": ["sales"]},
                    ],
                }
            ],
        },
    }
    path.write_text(json.dumps(config))  # YAML too.
    return path


@pytest.fixture(scope="module")
def running(data, issuer, tmp_path_factory):
    config = configure(tmp_path_factory.mktemp("server") / "server.yaml", data, issuer.url)
    with server.Configured(config) as started:
        until_judged(started, issuer.token("ann"))
        yield started


def ask(running, token):
    return wire.Caller(running.endpoint, token).get("/shares")


def until_judged(running, token):
    """The answer, once it is not that keys have to be fetched first."""
    deadline = time.monotonic() + SECONDS
    while (answer := ask(running, token)).status == 503 and time.monotonic() < deadline:
        assert answer.headers["Retry-After"] == "1"
    return answer


def shares(answer):
    assert answer.status == 200, answer.body
    return [item["name"] for item in answer.json()["items"]]


def client_credentials(running, issuer, name):
    return {
        "shareCredentialsVersion": 2,
        "type": "oauth_client_credentials",
        "endpoint": running.endpoint,
        "tokenEndpoint": issuer.url + "/token",
        "clientId": name,
        "clientSecret": issuer.clients[name]["client_secret"],
    }


def private_key(running, issuer, key):
    return {
        "shareCredentialsVersion": 2,
        "type": "oauth_jwt_bearer_private_key_jwt",
        "endpoint": running.endpoint,
        "auth": {
            "tokenEndpoint": issuer.url + "/token",
            "issuer": issuer.url,
            "clientId": "carol",
            "audience": AUDIENCE,
            "privateKey": {"privateKeyFile": str(key.private), "keyId": "c1", "algorithm": "RS256"},
        },
    }


def check_load(program, profile, data, folder):
    path = folder / "oauth.share"
    path.write_text(json.dumps(profile))
    jobs = [workers.Job("sales", f"{path}#sales.s.t", delta) for delta in (False, True)]
    expected = parquet.read_table(data / "expected/sales.parquet")
    for result in workers.load(program, jobs, folder).values():
        assert "rows" in result, result
        rows = canonical.arrow_rows(expected, program == "official")
        assert canonical.difference(rows, result["rows"]) is None


@pytest.mark.parametrize("program", ["official", "sluice"])
def test_client_credentials_load_a_table(running, issuer, data, tmp_path, program):
    check_load(program, client_credentials(running, issuer, "ann"), data, tmp_path)


@pytest.mark.parametrize("program", ["official", "sluice"])
def test_a_private_key_loads_a_table(running, issuer, key, data, tmp_path, program):
    check_load(program, private_key(running, issuer, key), data, tmp_path)


def test_who_sees_what(running, issuer):
    assert shares(ask(running, issuer.token("ann"))) == ["sales"]
    running.wait_for(r"recipient=group-a .*status=200")
    assert shares(ask(running, issuer.token("bob"))) == ["hidden"]
    assert shares(ask(running, STATIC)) == ["hidden", "sales"]
    bob = wire.Caller(running.endpoint, issuer.token("bob"))
    assert bob.get("/shares/sales").status == 404
    assert bob.get(wire.table_path("sales.s.t") + "/version").status == 404


def forged(header, claims, signature=b""):
    return f"{identity.encoded(header)}.{identity.encoded(claims)}.{identity.encoded(signature)}"


def by_secret(header, claims, secret):
    text = f"{identity.encoded(header)}.{identity.encoded(claims)}"
    return f"{text}.{identity.encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


def attacks(issuer, other, key, listener):
    """(what the log says of a token, the token)."""
    good = issuer.token("ann")
    header, claims = identity.parts_of(good)
    head, body, signature = good.split(".")
    elsewhere = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
    hs256 = {**header, "alg": "HS256"}
    jwks = wire.ask_url("GET", issuer.url + "/jwks").body
    for name in ("none", "None", "NONE", "nOnE"):
        yield "algorithm '[nN][oO]", forged({**header, "alg": name}, claims)
        yield "algorithm '[nN][oO]", f"{identity.encoded({'alg': name})}.{body}.{signature}"
    for secret in (issuer.public_key.encode(), issuer.public_key.encode() + b"\n", jwks, b"", b"secret"):
        yield "algorithm 'HS256'", by_secret(hs256, claims, secret)
    yield "signature is not", key.sign(header, claims)
    yield "signature is not", key.sign({**header, "jwk": key.jwk(header["kid"])}, claims)
    yield "signature is not", key.sign({**header, "jku": elsewhere, "x5u": elsewhere}, claims)
    yield "signature is not", f"{head}.{identity.encoded({**claims, 'sub': 'bob'})}.{signature}"
    yield "signature is not", f"{head}.{body}."
    yield "signature is not", f"{head}.{body}.{signature[:-6]}"
    yield "extensions", key.sign({**header, "crit": ["b64"], "b64": False}, claims)
    yield "another audience", issuer.token("ann", resource="https://other.example")
    yield "issuer 'http", other.token("ann")
    yield "issuer ''", key.sign(header, {**claims, "iss": [claims["iss"]]})
    yield "type 'logout", key.sign({**header, "typ": "logout+jwt"}, claims)
    yield "no JSON object", f"{identity.encoded(b'[' * 9000)}.{body}.{signature}"
    yield "no JSON object", f"{head}.{identity.encoded(b'{' + b'x' * 64)}.{signature}"
    yield "no base64url", f"A.{body}.{signature}"


def test_forged_tokens_are_refused_each_for_its_reason(running, issuer, clients, key):
    with identity.Issuer(AUDIENCE, clients) as other, socket.create_server(("127.0.0.1", 0)) as listener:
        tokens = list(attacks(issuer, other, key, listener))
        for reason, token in tokens:
            answer = ask(running, token)
            assert answer.status == 401, (reason, answer.body)
            assert answer.json() == {"errorCode": "UNAUTHENTICATED", "message": GENERIC}, reason
            running.wait_for(f'status=401 .*denied=.*{reason}')
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):  # Nobody asked where a token said.
            listener.accept()
    assert shares(ask(running, issuer.token("ann"))) == ["sales"]
    output = running.output()
    for _, token in tokens:
        for part in token.split("."):
            assert len(part) < 20 or part not in output


def test_key_ids_are_only_compared(running, issuer, key):
    header, claims = identity.parts_of(issuer.token("ann"))
    for kid in ("../../../../dev/null", "x' UNION SELECT '", "http://127.0.0.1/keys", "a\u0000b", "k" * 4000):
        assert until_judged(running, key.sign({**header, "kid": kid}, claims)).status == 401
        running.wait_for("status=401 .*denied=.*there is no such key")


def test_tokens_beyond_all_measure(running, issuer):
    head, body, signature = issuer.token("ann").split(".")
    for token in (f"{head}.{'A' * 17_000}.{signature}", f"{head}.{body}.{'A' * 40_000}", "a" * 60_000):
        assert ask(running, token).status == 401
    assert ask(running, "a" * 70_000).status == 431
    assert ask(running, f"{head}.{body}.{signature}").status == 200


def test_a_genuine_token_of_nobody_is_denied(running, issuer):
    answer = ask(running, issuer.token("nobody"))
    assert answer.status == 403
    assert answer.json()["message"] == "nothing is shared with the owner of this token: ask the provider"
    running.wait_for(r"status=403 .*denied=.*no recipient is configured for the subject 'nobody'")


def test_a_token_ends(running, issuer):
    issuer.do("lifetime 2")
    token = issuer.token("ann")
    issuer.do("lifetime 300")
    deadline = time.monotonic() + SECONDS
    while (answer := ask(running, token)).status == 200 and time.monotonic() < deadline:
        pass
    assert time.time() >= identity.parts_of(token)[1]["exp"]
    assert (answer.status, answer.json()["message"]) == (401, GENERIC)
    running.wait_for("status=401 .*denied=.*the token ended at")


@pytest.mark.parametrize("program", ["official", "sluice"])
def test_keys_rotate_under_way(clients, data, tmp_path, program):
    with identity.Issuer(AUDIENCE, clients) as issuer:
        config = configure(tmp_path / "server.yaml", data, issuer.url)
        with server.Configured(config) as running:
            before = issuer.token("ann")
            assert until_judged(running, before).status == 200
            issuer.do("rotate ES256")
            assert identity.parts_of(issuer.token("ann"))[0]["alg"] == "ES256"
            # The first token of the new key finds a server that does not know it.
            check_load(program, client_credentials(running, issuer, "ann"), data, tmp_path)
            assert ask(running, before).status == 200


def test_an_issuer_that_is_away(clients, data, tmp_path):
    with identity.Issuer(AUDIENCE, clients) as first:
        url, port, early = first.url, first.port, first.token("ann")
    with server.Configured(configure(tmp_path / "server.yaml", data, url)) as running:
        if "no new keys" not in running.output():
            running.wait_for("no new keys")
        answer = ask(running, early)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert url not in answer.body.decode()
        assert ask(running, STATIC).status == 200
        with identity.Issuer(AUDIENCE, clients, port) as second:
            running.wait_for("keys fetched")
            token = second.token("ann")
            assert shares(ask(running, token)) == ["sales"]
        # Its keys outlive it for a day.
        assert shares(ask(running, token)) == ["sales"]


def test_the_documented_configuration_works(clients, data, tmp_path):
    text = (server.ROOT / "docs/oidc.md").read_text()
    config = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1]
    with identity.Issuer(AUDIENCE, clients) as issuer:
        changes = {
            "https://sharing.example.com": AUDIENCE,
            "https://login.example.com": issuer.url,
            "0oa1b2c3d4": "ann",
            "/data/orders": str(data / "tables/sales"),
        }
        for documented, here in changes.items():
            assert documented in config
            config = config.replace(documented, here)
        path = tmp_path / "server.yaml"
        path.write_text(config + "host: 127.0.0.1\nport: 0\n")
        with server.Configured(path) as running:
            assert shares(until_judged(running, issuer.token("ann"))) == ["sales"]
            assert ask(running, "opaque").status == ask(running, None).status == 401


def test_recipients_of_a_catalog_are_meant_by_tokens(issuer, tmp_path):
    """Identities come and go while the server runs; grants and filters hold as for any token."""
    catalog = ["--data-dir", str(tmp_path / "data")]

    def run(*arguments, code=0):
        done = subprocess.run(
            [server.SLUICE, *map(str, arguments), *catalog], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    run("share", "create", "sales")
    countries = pa.table({"id": [1, 2, 3], "country": ["DE", "FR", "DE"]})
    deltalake.write_deltalake(tmp_path / "orders", countries, partition_by=["country"])
    run("share", "add", tmp_path / "orders", "--to", "sales.s.t")
    config = {
        "version": 1,
        "host": "127.0.0.1",
        "port": 0,
        "catalog": "sqlite",
        "dataDirectory": str(tmp_path / "data"),
        "authorization": {"oidc": [{"issuer": issuer.url, "audiences": [AUDIENCE]}]},
    }
    path = tmp_path / "server.yaml"
    path.write_text(json.dumps(config))
    with server.Configured(path) as running:
        ann, bob = issuer.token("ann"), issuer.token("bob")
        assert until_judged(running, ann).status == 403
        run("recipient", "create", "Partner", "--issuer", issuer.url, "--subject", "ann",
            "--claim-property", "country=country")
        assert not list(tmp_path.glob("*.share"))
        assert shares(ask(running, ann)) == []
        run("grant", "sales", "--to", "partner", "--where", "country = current_recipient('country')")
        assert shares(ask(running, ann)) == ["sales"]
        running.wait_for(r"recipient=Partner .*status=200")
        profile = tmp_path / "oauth.share"
        profile.write_text(json.dumps(client_credentials(running, issuer, "ann")))
        for program in ("official", "sluice"):
            loaded = workers.load(program, [workers.Job("t", f"{profile}#sales.s.t", False)], tmp_path)
            rows = loaded["t", False]["rows"]
            assert len(rows) == 2 and "FR" not in json.dumps(rows)
        assert ask(running, bob).status == 403

        run("recipient", "identify", "partner", "--issuer", issuer.url, "--claim", "groups=b")
        assert shares(ask(running, bob)) == ["sales"]
        shown = json.loads(run("recipient", "show", "partner", "--json"))
        by_claim = next(item for item in shown["identities"] if "claims" in item)
        assert by_claim["claims"] == {"groups": "b"}
        assert "already" in run("recipient", "create", "other", "--issuer", issuer.url, "--subject", "ann", code=1)
        # Of two recipients alike it is nobody's.
        run("recipient", "create", "other", "--issuer", issuer.url, "--claim", "sub=bob")
        assert ask(running, bob).status == 403
        running.wait_for(r"status=403 .*denied=.*several recipients")
        run("recipient", "drop", "other")
        run("recipient", "revoke", "partner", "--identity", by_claim["id"])
        assert ask(running, bob).status == 403
        assert shares(ask(running, ann)) == ["sales"]
        run("recipient", "revoke", "partner")
        assert ask(running, ann).status == 403
    config["authorization"]["oidc"][0]["recipients"] = [{"name": "x", "subject": "y"}]
    path.write_text(json.dumps(config))
    done = subprocess.run([server.SLUICE, "serve", "--config", path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "sluice recipient identify" in done.stderr
