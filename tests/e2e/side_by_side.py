"""Calls every function of the official package and of `sluice` with the same arguments, both in the
official one's environment, so that both make frames with the same pandas:
`side_by_side.py JOBS RESULTS`.

JOBS is a JSON list of {"key", "call", "arguments"}; RESULTS becomes a pickle of {key: (official,
ours)}, each {"value": …} or {"error": text}. Of a frame the value is its columns with their types,
in order, and its rows as canonical.py makes them.
"""

import dataclasses
import json
import pathlib
import pickle
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import canonical  # noqa: E402

import delta_sharing  # noqa: E402
import sluice  # noqa: E402


def plain(value):
    if hasattr(value, "dtypes"):
        types = [(name, str(kind)) for name, kind in zip(value.columns, value.dtypes)]
        return {"types": types, "index": str(value.index), "rows": canonical.frame_rows(value)}
    if dataclasses.is_dataclass(value):
        return dataclasses.asdict(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def called(package, job):
    call = job["call"]
    try:
        if call.startswith("list_"):
            client = package.SharingClient(job["arguments"]["profile"])
            place = job["arguments"].get("place")
            kind = {"list_schemas": package.Share, "list_tables": package.Schema}.get(call)
            return {"value": plain(getattr(client, call)(*([kind(**place)] if kind else [])))}
        return {"value": plain(getattr(package, call)(**job["arguments"]))}
    except BaseException as error:  # panics of native code are no Exceptions
        if isinstance(error, KeyboardInterrupt):
            raise
        return {"error": canonical.error_text(error)}


def main():
    jobs, results = sys.argv[1:]
    warnings.simplefilter("ignore")
    done = {
        job["key"]: (called(delta_sharing, job), called(sluice, job))
        for job in json.loads(pathlib.Path(jobs).read_text())
    }
    pathlib.Path(results).write_bytes(pickle.dumps(done))


if __name__ == "__main__":
    main()
