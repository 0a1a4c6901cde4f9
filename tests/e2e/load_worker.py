"""Loads tables with one client in one process: `load_worker.py CLIENT JOBS RESULTS`.

CLIENT is `official` (pandas, run by .venv-official) or `sluice` (Arrow, run by .venv). JOBS is a
JSON list of the fields of workers.Job; RESULTS becomes a pickle of
{(name, delta): {"rows"} or {"error"}}, with rows as canonical.py makes them.
"""

import json
import pathlib
import pickle
import sys
import time
import traceback
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import canonical  # noqa: E402


def load_official(job):
    import delta_sharing
    import pandas

    if job["changes_from"] is None:
        frame = delta_sharing.load_as_pandas(
            job["url"],
            version=job["version"],
            use_delta_format=job["delta"],
            jsonPredicateHints=job["hints"],
        )
        return canonical.frame_rows(frame)
    frame = delta_sharing.load_table_changes_as_pandas(
        job["url"], starting_version=job["changes_from"], use_delta_format=job["delta"]
    )
    if not job["delta"]:
        frame["_commit_timestamp"] = pandas.to_datetime(
            frame["_commit_timestamp"], unit="ms", utc=True
        )
    return canonical.frame_rows(frame)


def load_sluice(job):
    import sluice

    changes = {"starting_version": job["changes_from"], "use_delta_format": job["delta"]}
    rows = {
        "version": job["version"],
        "use_delta_format": job["delta"],
        "jsonPredicateHints": job["hints"],
    }
    if job["client"] is not None:
        profile, _, name = job["url"].rpartition("#")
        shared = sluice.SharingClient(profile, **job["client"]).table(name)
        wanted = shared.snapshot(**rows) if job["changes_from"] is None else shared.changes(**changes)
        table = wanted.to_arrow()
    elif job["changes_from"] is None:
        table = sluice.load_as_arrow(job["url"], **rows)
    else:
        table = sluice.load_table_changes_as_arrow(job["url"], **changes)
    return canonical.arrow_rows(table)


def run(load, job):
    started = time.monotonic()
    try:
        result = {"rows": load(job)}
    except BaseException as error:  # panics of native code are no Exceptions
        if isinstance(error, KeyboardInterrupt):
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        result = {
            "error": canonical.error_text(error),
            "status": getattr(getattr(error, "response", None), "status_code", None),
            "place": f"{place.filename}:{place.lineno}",
        }
    result["seconds"] = time.monotonic() - started
    return result


def main():
    client, jobs, results = sys.argv[1:]
    load = {"official": load_official, "sluice": load_sluice}[client]
    warnings.simplefilter("ignore")
    done = {(job["name"], job["delta"]): run(load, job) for job in json.loads(open(jobs).read())}
    with open(results, "wb") as out:
        pickle.dump(done, out)


if __name__ == "__main__":
    main()
