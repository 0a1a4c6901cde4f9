"""Every function of the official package and of ours: same names, parameters and defaults. What they
give for every real table is compared in test_real_tables.py.
"""

import inspect

import official
import pytest
import sluice


def test_names_parameters_and_defaults():
    with official.OfficialClient() as client:
        theirs = client.call("signatures")
    assert {"load_as_pandas", "SharingClient", "SharingClient.list_tables", "Table"} <= set(theirs)
    compare(theirs, sluice)


#: Of the module `protocol`, what the core keeps to itself: the files of a table.
FILES = {"AddCdcFile", "AddFile", "CdfOptions", "FileAction", "RemoveFile"}
#: Modules that are how the official package does its work; docs/python.md says so.
WITHIN = {"converter", "delta_sharing", "fake_checkpoint", "reader", "rest_client", "version"}


def test_the_module_of_what_the_protocol_speaks_of():
    with official.OfficialClient() as client:
        theirs, modules = client.call("public", module="protocol"), client.call("modules")
    assert {name for name in modules if not name.startswith("_")} == WITHIN | {"protocol"}
    shared = {name: found for name, found in theirs.items() if name.partition(".")[0] not in FILES}
    assert set(theirs) - set(shared) >= FILES and {"Protocol", "Format.from_json"} <= set(shared)
    assert {name for name in shared if "." not in name} == set(sluice.protocol.__all__)
    keys = [key for key, _ in shared.pop("PrivateKeyConfig")]
    assert keys == list(sluice.protocol.PrivateKeyConfig.__annotations__)
    compare(shared, sluice.protocol)
    assert sluice.protocol.Protocol.CURRENT == 3 and sluice.DeltaSharingProfile.CURRENT == 2


def compare(theirs, place):
    """{name: parameters} of theirs with what `place` has under that name."""
    for name, parameters in theirs.items():
        ours = place
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
