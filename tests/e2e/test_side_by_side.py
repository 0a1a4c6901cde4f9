"""Every function of the official package and of ours, called alike on every real table: same names,
parameters and defaults, same frames with the same types and order of columns.

Where the official one is wrong or refuses, expectations.py and change_expectations.py name the table
and the reason, and test_real_tables.py and test_real_changes.py hold ours to the right rows. Types
that differ do so by one of the rules of TYPES.
"""

import inspect
import json
import os
import pathlib
import pickle
import subprocess

import canonical
import change_expectations
import expectations
import nanobind_backend
import official
import pytest
import real_share
import server
import sluice

SECONDS = 1200

#: (reason, whether it explains (format, official type, our type, rows)).
TYPES = [
    (
        "timestamps come as files and partitions spell them, with any unit and without a zone",
        lambda delta, theirs, ours, rows: not delta
        and theirs.startswith("datetime64")
        and ours == "datetime64[us, UTC]",
    ),
    (
        "a number that some files lack comes as objects",
        lambda delta, theirs, ours, rows: not delta and (theirs, ours) == ("object", "float64"),
    ),
    (
        "columns of a table without rows have no types",
        lambda delta, theirs, ours, rows: delta and theirs == "object" and rows == 0,
    ),
]
#: The official client wraps times before 1677 and after 2262.
WRAPPED = {"drs__table_with_edge_timestamps", "own__all_types-a", "own__ntz_part-a"}


def test_names_parameters_and_defaults():
    with official.OfficialClient() as client:
        theirs = client.call("signatures")
    assert {"load_as_pandas", "SharingClient", "SharingClient.list_tables", "Table"} <= set(theirs)
    for name, parameters in theirs.items():
        ours = sluice
        for part in name.split("."):
            ours = getattr(ours, part)
        found = list(inspect.signature(ours).parameters.values())
        for (parameter, default), mine in zip(parameters, found):
            assert (mine.name, mine.kind) == (parameter, mine.POSITIONAL_OR_KEYWORD), name
            if default is not None:
                assert repr(mine.default) == default, (name, parameter)
        assert len(found) >= len(parameters), name


def spelled(function, count=None):
    """Parameters and defaults as in a definition, without annotations; the first `count`."""
    marks = {inspect.Parameter.KEYWORD_ONLY: "*"}
    found = [
        marks.get(each.kind, "") + each.name + ("" if each.default is each.empty else f"={each.default!r}")
        for each in inspect.signature(function).parameters.values()
        if each.name != "self"
    ]
    return ", ".join(found[:count])


FOR_PANDAS = "convert_in_batches=False"
ROWS = ["limit", "version", "timestamp", "jsonPredicateHints", "use_delta_format"]
RANGE = ["starting_version", "ending_version", "starting_timestamp", "ending_timestamp"]


def none(names, mark=""):
    return ", ".join(f"{mark}{name}=None" for name in names)



@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        ("", "load_as_arrow", "url, " + none(ROWS)),
        ("", "load_as_spark", "url, " + none(["version", "timestamp", "delta_sharing_profile"])),
        ("", "load_table_changes_as_spark", "url, " + none([*RANGE, "delta_sharing_profile"])),
        ("SharingClient", "table", "table"),
        ("DeltaSharingTable", "snapshot", none(["jsonPredicateHints", *ROWS[:3], ROWS[4]], "*")),
        ("DeltaSharingTable", "changes", none([*RANGE, "use_delta_format"], "*")),
        ("DeltaSharingTable", "metadata", "use_delta_format=True"),
        ("DeltaSharingTable", "protocol", "use_delta_format=True"),
        ("DeltaSharingTable", "version", "starting_timestamp=None"),
        *[
            (owner, name, parameters)
            for owner in ("DeltaSharingTable", "TableSnapshot")
            for name, parameters in {
                "to_pandas": FOR_PANDAS,
                "to_arrow": "",
                "to_record_batches": "",
                "to_record_batch_reader": "",
                "to_spark": "",
            }.items()
        ],
        ("TableChanges", "to_pandas", FOR_PANDAS),
        ("TableChanges", "to_spark", ""),
    ],
)
def test_names_and_parameters_of_its_main_branch(owner, name, parameters):
    """Beyond 1.4.2, as of August 2026."""
    place = getattr(sluice, owner) if owner else sluice
    count = parameters.count(",") + 1 if parameters else None
    assert spelled(getattr(place, name), count) == parameters
    if owner == "DeltaSharingTable":
        assert isinstance(sluice.DeltaSharingTable.table, property)


@pytest.fixture(scope="module")
def answers(real_tables, tmp_path_factory):
    """{(table, call, delta): (official, ours)}; delta is None where none is asked for."""
    folder = tmp_path_factory.mktemp("sides")
    entries = real_share.entries(real_tables)
    with real_share.share(real_tables, entries, folder) as url:
        jobs = {}
        for name, entry in entries.items():
            jobs[name, "get_table_version", None] = {"url": url(name)}
            for delta in (False, True):
                arguments = {"url": url(name), "use_delta_format": delta}
                for call in ("get_table_metadata", "get_table_protocol", "load_as_pandas"):
                    jobs[name, call, delta] = arguments
                if {"changes", "changesError"} & set(entry["expected"]):
                    start = entry["expected"].get("changesStartVersion", 0)
                    changes = {**arguments, "starting_version": start}
                    jobs[name, "load_table_changes_as_pandas", delta] = changes
        profile = url(next(iter(entries))).rpartition("#")[0]
        schema = {"name": "open", "share": "real"}
        for call, place in (
            ("list_shares", None),
            ("list_schemas", {"name": "real"}),
            ("list_tables", schema),
            ("list_all_tables", None),
        ):
            jobs["", call, None] = {"profile": profile, "place": place}
        yield called(folder, jobs)


def called(folder, jobs):
    # Ours beside the official one and its pandas: the package and what it needs, nothing else.
    site = folder / "site"
    site.mkdir()
    package = pathlib.Path(sluice.__file__).parent
    for part in (
        package,
        package.parent / "sluice_sharing.libs",
        pathlib.Path(nanobind_backend.__file__).parent,
    ):
        (site / part.name).symlink_to(part)
    asked, results = folder / "jobs.json", folder / "results.pickle"
    lines = [
        {"key": i, "call": call, "arguments": arguments}
        for i, ((_, call, _), arguments) in enumerate(jobs.items())
    ]
    asked.write_text(json.dumps(lines))
    done = subprocess.run(
        [server.ROOT / ".venv-official/bin/python", "tests/e2e/side_by_side.py", asked, results],
        cwd=server.ROOT,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(jobs, pickle.loads(results.read_bytes()).values()))


def of_call(answers, call):
    return {(name, delta): pair for (name, each, delta), pair in answers.items() if each == call}


def in_seconds(rows):
    """The official client's times of commits, in the delta format, end at seconds."""
    names, values = rows
    at = names.index("_commit_timestamp")
    return names, [
        row[:at] + (("time", row[at][1] // 10**6 * 10**6),) + row[at + 1 :] for row in values
    ]


def difference(name, delta, theirs, ours):
    """What of two frames differs, and by no rule; None for nothing."""
    if [column for column, _ in theirs["types"]] != [column for column, _ in ours["types"]]:
        return f"columns {theirs['types']}, ours {ours['types']}"
    if theirs["index"] != ours["index"]:
        return f"index {theirs['index']}, ours {ours['index']}"
    rows = len(theirs["rows"][1])
    for (column, kind), (_, our_kind) in zip(theirs["types"], ours["types"]):
        if kind != our_kind and not any(rule(delta, kind, our_kind, rows) for _, rule in TYPES):
            return f"{column} is {kind}, ours {our_kind}"
    sides = theirs["rows"], ours["rows"]
    if delta and "_commit_timestamp" in sides[0][0]:
        sides = in_seconds(sides[0]), in_seconds(sides[1])
    text = canonical.difference(*sides)
    if name in WRAPPED:
        return None if text is None or "'time'" in text else text
    return text


@pytest.mark.parametrize(
    ("call", "known"),
    [
        ("load_as_pandas", expectations),
        ("load_table_changes_as_pandas", change_expectations),
    ],
)
def test_frames(answers, call, known):
    trouble, same = [], 0
    for (name, delta), (theirs, ours) in of_call(answers, call).items():
        if "value" in theirs and "value" in ours:
            text = difference(name, delta, theirs["value"], ours["value"])
            same += text is None
        elif "value" in ours:
            text = None if name in known.of("official", delta) else f"official: {theirs['error']}"
        else:
            text = None if name in known.of("sluice", delta) else f"ours: {ours['error']}"
        if text:
            trouble.append(f"{name}, {'delta' if delta else 'parquet'} format: {text}")
    if trouble:
        pytest.fail(f"{call}: {len(trouble)} differ\n" + "\n".join(trouble), pytrace=False)
    assert same >= (20 if call == "load_table_changes_as_pandas" else 300)


@pytest.mark.parametrize(
    "call",
    [
        "get_table_version",
        "get_table_metadata",
        "get_table_protocol",
        "list_shares",
        "list_schemas",
        "list_tables",
        "list_all_tables",
    ],
)
def test_answers(answers, call):
    """A table that the official client does not read, its features it refuses to tell; ours does."""
    trouble, same = [], 0
    for (name, delta), (theirs, ours) in of_call(answers, call).items():
        if "value" in theirs:
            same += theirs == ours
            if theirs != ours:
                trouble.append(f"{name}, {delta}: {theirs}, ours {ours}")
        elif "value" in ours and name not in expectations.of("official", delta):
            trouble.append(f"{name}, {delta}: {theirs['error']}, ours {ours['value']}")
    assert not trouble, "\n".join(trouble)
    assert same > 0
