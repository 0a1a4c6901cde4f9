"""Tables written by others, loaded by both clients in both formats.

Every table is shared through one configuration. Each of the four loads must give exactly the rows
that the table's authors' engine reads, or be on the list of expectations.py with its reason: a
table that newly fails, fails otherwise, or newly works makes a test fail.
"""

import sys

import canonical
import expectations
import pyarrow.parquet as parquet
import pytest
import real_share
import workers

LOADS = [(client, delta) for client in ("official", "sluice") for delta in (False, True)]
LOAD_NAMES = [f"{client}-{'delta' if delta else 'parquet'}" for client, delta in LOADS]


@pytest.fixture(scope="module")
def entries(real_tables):
    return real_share.entries(real_tables)


@pytest.fixture(scope="module")
def loaded(real_tables, entries, tmp_path_factory):
    """{(client, delta): {table: result}} of loads made on first use."""
    folder = tmp_path_factory.mktemp("real")
    done = {}
    with real_share.share(real_tables, entries, folder) as url:

        def load(client, delta):
            if (client, delta) not in done:
                jobs = [workers.Job(name, url(name), delta) for name in entries]
                results = workers.load(client, jobs, folder)
                done[client, delta] = {name: results[name, delta] for name in entries}
            return done[client, delta]

        yield load


def verdict(real_tables, entry, client, result):
    """"equal", or why not, in a line or a few."""
    if "error" in result:
        return "refused: " + result["error"]
    rows = real_tables / entry["name"] / "expected/rows.parquet"
    if not rows.exists():
        return f"loaded {len(result['rows'][1])} rows where the reference refuses"
    expected = canonical.arrow_rows(parquet.read_table(rows), lossy=client == "official")
    return canonical.difference(expected, result["rows"]) or "equal"


@pytest.mark.parametrize(("client", "delta"), LOADS, ids=LOAD_NAMES)
def test_rows_are_those_expected(loaded, entries, real_tables, client, delta, capsys):
    known = expectations.of(client, delta)
    verdicts = {
        name: verdict(real_tables, entry, client, result)
        for (name, entry), result in zip(entries.items(), loaded(client, delta).values())
    }
    equal = [name for name, text in verdicts.items() if text == "equal"]
    refused = {name: text for name, text in verdicts.items() if text.startswith("refused")}
    with capsys.disabled():
        title = f"{client} client, {'delta' if delta else 'parquet'} format"
        told = [f"\n{title}: {len(equal)} of {len(verdicts)} tables equal, {len(refused)} refused"]
        for reason, names in sorted(expectations.grouped(known).items()):
            told.append(f"  {len(names):3} {reason}: {', '.join(sorted(names))}")
        print("\n".join(told), file=sys.stderr)
    trouble = []
    for name, text in verdicts.items():
        case = known.get(name)
        if case is None and text != "equal":
            trouble.append(f"{name}: {text}")
        elif case is not None and text == "equal":
            trouble.append(f"{name}: equal now, though expected otherwise ({case.reason})")
        elif case is not None and not expectations.accepts(case, text):
            trouble.append(f"{name}: expected '{case.reason}', but {text}")
    trouble += [f"{name}: in expectations.py, but no such table" for name in set(known) - set(verdicts)]
    if trouble:
        pytest.fail(f"{title}: {len(trouble)} not as expected\n" + "\n".join(trouble), pytrace=False)
