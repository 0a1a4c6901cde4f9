"""Tables written by others, loaded by both clients in both formats, once each.

Every table is shared through one configuration. Each load of rows, and of changes where a table
records them, must give exactly those that the table's authors' engine reads, or be on the list of
expectations.py or change_expectations.py with its reason: a table that newly fails, fails
otherwise, or newly works makes a test fail.

Beside that, every function of the official package and of ours, called alike, must give the same
frames with the same types and order of columns: in both formats, by default, and cut to a few rows
and to none. Where the official one is wrong or refuses, the
lists name the table and the reason. Types that differ do so by one of the rules of TYPES.
"""

import functools
import sys

import canonical
import change_expectations
import expectations
import pyarrow.parquet as parquet
import pytest
import real_answers
import real_share

LOADS = [(client, delta) for client in ("official", "sluice") for delta in (False, True)]
LOAD_NAMES = [f"{client}-{'delta' if delta else 'parquet'}" for client, delta in LOADS]

#: (reason, whether it explains (form, official type, our type, rows)), with forms of real_answers.
TYPES = [
    (
        "timestamps come as files and partitions spell them, with any unit and without a zone",
        lambda form, theirs, ours, rows: form is not True
        and theirs.startswith("datetime64")
        and ours == "datetime64[us, UTC]",
    ),
    (
        "a number that some files lack comes as objects",
        lambda form, theirs, ours, rows: form is not True and (theirs, ours) == ("object", "float64"),
    ),
    (
        "columns of a table without rows have no types",
        lambda form, theirs, ours, rows: form is not False and theirs == "object" and rows == 0,
    ),
    (
        "with a limit, types allow for nulls of rows that are left out",
        lambda form, theirs, ours, rows: form in real_answers.LIMITS
        and ((theirs, ours) == ("object", "bool") or theirs == "float64" and ours.startswith("int")),
    ),
]
#: The official client wraps times before 1677 and after 2262.
WRAPPED = {"drs__table_with_edge_timestamps", "own__all_types-a", "own__ntz_part-a"}



@pytest.fixture(scope="module")
def entries(real_tables):
    return real_share.entries(real_tables)


@pytest.fixture(scope="module")
def asked(real_tables, tmp_path_factory):
    return real_answers.ask(real_tables, tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def answers(asked):
    """{(table, call, form): (official, ours)}, with forms of real_answers."""
    return asked[0]


@pytest.fixture(scope="module")
def loaded(asked):
    """{table: {"rows"} or {"error"}} of a load: the official client's frames, our Arrow."""
    answers, arrow = asked

    def results(client, call, delta):
        found = {}
        for (name, each, form), (theirs, _) in answers.items():
            if (each, form) == (call, delta) and client == "sluice":
                found[name] = arrow[name, call, delta]
            elif (each, form) == (call, delta):
                found[name] = {"rows": theirs["value"]["rows"]} if "value" in theirs else theirs
        return found

    return results


@functools.lru_cache(maxsize=None)
def expected_rows(path, lossy):
    return canonical.arrow_rows(parquet.read_table(path), lossy=lossy)


def verdict(real_tables, entry, client, result):
    """"equal", or why not, in a line or a few."""
    if "error" in result:
        return "refused: " + result["error"]
    rows = real_tables / entry["name"] / "expected/rows.parquet"
    if not rows.exists():
        return f"loaded {len(result['rows'][1])} rows where the reference refuses"
    expected = expected_rows(rows, lossy=client == "official")
    return canonical.difference(expected, result["rows"]) or "equal"


@pytest.mark.parametrize(("client", "delta"), LOADS, ids=LOAD_NAMES)
def test_rows_are_those_expected(loaded, entries, real_tables, client, delta, capsys):
    known = expectations.of(client, delta)
    verdicts = {
        name: verdict(real_tables, entry, client, result)
        for (name, entry), result in zip(entries.items(), loaded(client, "load_as_pandas", delta).values())
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


def without(rows, column):
    names, values = rows
    if column not in names:
        return rows
    place = names.index(column)
    return names[:place] + names[place + 1 :], [row[:place] + row[place + 1 :] for row in values]


def in_milliseconds(rows):
    """The official client's times of commits, in the parquet format, are numbers."""
    return at_commits(rows, lambda number: ("time", number * 1000))


def in_seconds(rows):
    """The official client's times of commits, in the delta format, end at seconds."""
    return at_commits(rows, lambda time: ("time", time[1] // 10**6 * 10**6))


def at_commits(rows, change):
    names, values = rows
    at = names.index("_commit_timestamp")
    return names, [row[:at] + (change(row[at]),) + row[at + 1 :] for row in values]


def changes_verdict(folder, client, delta, result):
    """"equal", or why not, in a line or a few."""
    if "error" in result:
        return "refused: " + result["error"]
    if not (folder / "changes.parquet").exists():
        return f"loaded {len(result['rows'][1])} changes where the reference refuses"
    expected = expected_rows(folder / "changes.parquet", lossy=client == "official")
    actual = result["rows"]
    if client == "official" and not delta:
        actual = in_milliseconds(actual)
    # The time of a commit is expected where the log holds it; elsewhere it is that of a file.
    if "_commit_timestamp" not in expected[0]:
        assert "_commit_timestamp" in actual[0]
        actual = without(actual, "_commit_timestamp")
    return canonical.difference(expected, actual) or "equal"


@pytest.mark.parametrize(("client", "delta"), LOADS, ids=LOAD_NAMES)
def test_changes_are_those_expected(loaded, entries, real_tables, client, delta):
    known = change_expectations.of(client, delta)
    feeds = real_answers.with_changes(entries)
    trouble = [f"{name}: expected to be refused, but no such table" for name in set(known) - set(feeds)]
    equal = 0
    for name, result in loaded(client, "load_table_changes_as_pandas", delta).items():
        text = changes_verdict(real_tables / name / "expected", client, delta, result)
        case = known.get(name)
        equal += text == "equal"
        if case is None and text != "equal":
            trouble.append(f"{name}: {text}")
        elif case is not None and not change_expectations.accepts(case, text):
            trouble.append(f"{name}: expected '{case.reason}', but {text}")
    if trouble:
        pytest.fail("\n".join(trouble), pytrace=False)
    assert equal == len(feeds) - len(known) > 0


def of_call(answers, call):
    return {(name, delta): pair for (name, each, delta), pair in answers.items() if each == call}


def known_of(known, client, form):
    """Of a load without a format: that of either."""
    if isinstance(form, bool):
        return known.of(client, form)
    return {**known.of(client, False), **known.of(client, True)}


def shown(form):
    return {True: "delta format", False: "parquet format", None: "by default"}.get(form, form)


def difference(name, form, theirs, ours):
    """What of two frames differs, and by no rule; None for nothing."""
    if [column for column, _ in theirs["types"]] != [column for column, _ in ours["types"]]:
        return f"columns {theirs['types']}, ours {ours['types']}"
    if theirs["index"] != ours["index"]:
        return f"index {theirs['index']}, ours {ours['index']}"
    rows = len(theirs["rows"][1])
    for (column, kind), (_, our_kind) in zip(theirs["types"], ours["types"]):
        if kind != our_kind and not any(rule(form, kind, our_kind, rows) for _, rule in TYPES):
            return f"{column} is {kind}, ours {our_kind}"
    sides = theirs["rows"], ours["rows"]
    if form is True and "_commit_timestamp" in sides[0][0]:
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
    for (name, form), (theirs, ours) in of_call(answers, call).items():
        if "value" in theirs and "value" in ours:
            text = difference(name, form, theirs["value"], ours["value"])
            same += text is None
        elif "value" in ours:
            text = None if name in known_of(known, "official", form) else f"official: {theirs['error']}"
        else:
            text = None if name in known_of(known, "sluice", form) else f"ours: {ours['error']}"
        if text:
            trouble.append(f"{name}, {shown(form)}: {text}")
    if trouble:
        pytest.fail(f"{call}: {len(trouble)} differ\n" + "\n".join(trouble), pytrace=False)
    assert same >= (30 if call == "load_table_changes_as_pandas" else 800)


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
