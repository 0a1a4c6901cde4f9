"""The server does what its description says: schemathesis asks, strictly and for a bounded time."""

import collections
import copy
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import server
import wire

HOOKS = pathlib.Path(__file__).with_name("openapi_hooks.py")
# The work is bounded by the examples, some 15 seconds of it; the limit is for a busy machine.
EXAMPLES = 10
SECONDS = 300
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
]
# Names for the placeholders of paths: most of what is asked for should be there.
NAMES = {
    "share": ["tables", "TABLES", "nobody"],
    "schema": ["default", "types"],
    "table": ["changed", "versions", "sales", "all_types"],
}


@pytest.fixture(scope="module")
def logged(data, tmp_path_factory):
    """A server of the project's tables whose access log is in `log`."""
    folder = tmp_path_factory.mktemp("openapi")
    log = folder / "access.log"
    options = ["--access-log", log, "--log-format", "json"]
    with server.SharedFolder(data / "tables", folder / "tables.share", *options) as running:
        running.log = log
        yield running


def origin(endpoint):
    return re.match(r"https?://[^/]+", endpoint).group(0)


def fields_of(schema):
    """Every object schema with fields below."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            yield schema
        for inner in schema.values():
            yield from fields_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from fields_of(inner)


def stricter(document, query):
    """The description without what it leaves open: answers may hold nothing else, and names and
    versions are mostly those there are."""
    strict = copy.deepcopy(document)
    for schema in fields_of(strict["components"]["schemas"]):
        schema["additionalProperties"] = False
    for template, path in strict["paths"].items():
        names = query if "queryId" in template else NAMES
        for operation in path.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"]["enum"] = names[parameter["name"]]
                if parameter["name"].lower().endswith("version"):
                    parameter["schema"]["maximum"] = 6
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for name, field in body.get("schema", {}).get("properties", {}).items():
                if name.lower().endswith("version"):
                    field["maximum"] = 6
    return strict


def statuses(log):
    """{endpoint: {status: count}} of the access log."""
    counts = collections.defaultdict(collections.Counter)
    for line in log.read_text().splitlines():
        record = json.loads(line)
        counts[record["endpoint"]][record["status"]] += 1
    return counts


def test_the_description_is_at_the_root_and_below_the_prefix(logged):
    root = wire.ask_url("GET", origin(logged.endpoint) + "/openapi.json")
    below = wire.ask_url("GET", logged.endpoint + "/openapi.json")
    assert root.status == below.status == 200
    assert root.body == below.body
    assert root.json()["servers"] == [{"url": "/delta-sharing"}]


def submitted(logged):
    """Names for the path of an asynchronous query that there is."""
    caller = wire.Caller(logged.endpoint, logged.token)
    lines = caller.query(
        "tables.default.changed", headers={"delta-sharing-capabilities": "asyncquery=true"}
    )
    query = lines[0]["queryStatus"]["queryId"]
    return {
        "share": ["tables"],
        "schema": ["default"],
        "table": ["changed"],
        "queryId": [query, "none"],
    }


def test_the_server_does_what_it_says(logged, tmp_path):
    document = wire.ask_url("GET", logged.endpoint + "/openapi.json").json()
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(stricter(document, submitted(logged))))
    command = [sys.executable, "-m", "schemathesis.cli", "run", described]
    command += ["--url", logged.endpoint, "-H", f"Authorization: Bearer {logged.token}"]
    command += ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"]
    command += ["--max-examples", str(EXAMPLES), "--seed", "1", "--continue-on-failure"]
    # A machine that is busy for a while is no finding; the tool's own limit is 10 s.
    command += ["--request-timeout", str(wire.SECONDS)]
    command += ["--no-color", "--generation-database", "none", "--suppress-health-check", "all"]
    run = subprocess.run(
        list(map(str, command)),
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    assert run.returncode == 0, run.stdout[-20000:]
    # It asked for everything, and was refused and answered.
    seen = statuses(logged.log)
    for path in document["paths"].values():
        for operation in path.values():
            counts = seen[operation["operationId"]]
            # No table of a folder has credentials.
            never = operation["operationId"] == "temporary_table_credentials"
            assert counts[200] > 0 or never, (operation, counts)
            assert counts[401] > 0 and len(counts) > 2, (operation, counts)
