"""Changes of tables written by others, loaded by both clients in both formats.

Each load of a table that records its changes must give exactly those that the engine reads, or end
as change_expectations.py says, with the reason.
"""

import canonical
import change_expectations
import pyarrow.parquet as parquet
import pytest
import real_share
import workers

LOADS = [(client, delta) for client in ("official", "sluice") for delta in (False, True)]
LOAD_NAMES = [f"{client}-{'delta' if delta else 'parquet'}" for client, delta in LOADS]


@pytest.fixture(scope="module")
def entries(real_tables):
    """Those of tables with a change feed, or with a refusal of one."""
    return {
        name: entry
        for name, entry in real_share.entries(real_tables).items()
        if {"changes", "changesError"} & set(entry["expected"])
    }


@pytest.fixture(scope="module")
def loaded(real_tables, entries, tmp_path_factory):
    folder = tmp_path_factory.mktemp("changes")
    with real_share.share(real_tables, entries, folder) as url:

        def load(client, delta):
            jobs = [
                workers.Job(name, url(name), delta, entry["expected"].get("changesStartVersion", 0))
                for name, entry in entries.items()
            ]
            results = workers.load(client, jobs, folder)
            return {name: results[name, delta] for name in entries}

        yield load


def without(rows, column):
    names, values = rows
    if column not in names:
        return rows
    place = names.index(column)
    return names[:place] + names[place + 1 :], [row[:place] + row[place + 1 :] for row in values]


def verdict(folder, client, result):
    """"equal", or why not, in a line or a few."""
    if "error" in result:
        return "refused: " + result["error"]
    if not (folder / "changes.parquet").exists():
        return f"loaded {len(result['rows'][1])} changes where the reference refuses"
    expected = canonical.arrow_rows(
        parquet.read_table(folder / "changes.parquet"), lossy=client == "official"
    )
    actual = result["rows"]
    # The time of a commit is expected where the log holds it; elsewhere it is that of a file.
    if "_commit_timestamp" not in expected[0]:
        assert "_commit_timestamp" in actual[0]
        actual = without(actual, "_commit_timestamp")
    return canonical.difference(expected, actual) or "equal"


@pytest.mark.parametrize(("client", "delta"), LOADS, ids=LOAD_NAMES)
def test_changes_are_those_expected(loaded, entries, real_tables, client, delta):
    known = change_expectations.of(client, delta)
    trouble = [f"{name}: expected to be refused, but no such table" for name in set(known) - set(entries)]
    equal = 0
    for name, result in loaded(client, delta).items():
        text = verdict(real_tables / name / "expected", client, result)
        case = known.get(name)
        equal += text == "equal"
        if case is None and text != "equal":
            trouble.append(f"{name}: {text}")
        elif case is not None and not change_expectations.accepts(case, text):
            trouble.append(f"{name}: expected '{case.reason}', but {text}")
    if trouble:
        pytest.fail("\n".join(trouble), pytrace=False)
    assert equal == len(entries) - len(known) > 0
