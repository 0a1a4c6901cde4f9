"""A server that shares every table under SLUICE_TABLES through one configuration."""

import contextlib
import json

import server

TOKEN = "a-token-of-the-test-that-is-long-enough"


def shared_name(table):
    """A dot would split the name in profile#share.schema.table."""
    return table.replace(".", "_")


def entries(real_tables):
    """{name: entry} of the manifest."""
    manifest = json.loads((real_tables / "MANIFEST.json").read_text())
    return {entry["name"]: entry for entry in manifest["entries"]}


@contextlib.contextmanager
def share(real_tables, names, folder):
    """Yields a function from a table's name to its URL."""
    tables = [
        {
            "name": shared_name(name),
            "location": str(real_tables / name / "table"),
            "historyShared": True,
        }
        for name in names
    ]
    config = folder / "server.yaml"
    shares = [{"name": "real", "schemas": [{"name": "open", "tables": tables}]}]
    # JSON is YAML.
    config.write_text(
        json.dumps(
            {
                "version": 1,
                "shares": shares,
                "authorization": {"bearerToken": TOKEN},
                "host": "127.0.0.1",
                "port": 0,
            }
        )
    )
    with server.Configured(config) as running:
        profile = server.write_profile(folder / "real.share", running.endpoint, TOKEN)
        yield lambda name: f"{profile}#real.open.{shared_name(name)}"
        assert running.process.poll() is None, running.output()[-5000:]
