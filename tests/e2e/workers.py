"""Runs load_worker.py in the environment of a client."""

import dataclasses
import json
import os
import pathlib
import pickle
import subprocess
from typing import Optional

import server

PYTHON = {"official": ".venv-official/bin/python", "sluice": ".venv/bin/python"}
SECONDS = 1200


@dataclasses.dataclass
class Job:
    name: str
    url: str
    delta: bool
    #: Load the changes from this version on instead of the rows.
    changes_from: Optional[int] = None
    #: jsonPredicateHints; not with changes.
    hints: Optional[str] = None
    #: Of rows, the version.
    version: Optional[int] = None
    #: Parameters of SharingClient, of `sluice` alone.
    client: Optional[dict] = None


def load(client, jobs, folder, environment=None):
    """{(name, delta): {"rows": …} or {"error": …}} for every job."""
    folder = pathlib.Path(folder)
    asked, results = folder / f"{client}-jobs.json", folder / f"{client}-results.pickle"
    asked.write_text(json.dumps([dataclasses.asdict(job) for job in jobs]))
    results.unlink(missing_ok=True)
    worker = pathlib.Path(__file__).with_name("load_worker.py")
    done = subprocess.run(
        [server.ROOT / PYTHON[client], worker, client, asked, results],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, f"{client} worker: {done.stdout}\n{done.stderr}"
    return pickle.loads(results.read_bytes())
