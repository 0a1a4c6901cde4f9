"""Rows that single commits added, of tables written by others, against what the versions before and
after the commit hold, and against the commit's own text."""

import collections
import json

import canonical
import pyarrow as pa
import pytest
import real_share
import sluice

#: Of each table, counted from the end.
MOST_COMMITS = 5
#: So that tables that refuse something else do not leave the test with nothing to compare.
LEAST_ADDED, LEAST_REFUSED = 150, 40


def commit_actions(folder, version):
    """None where it was cleaned up. Some writers spread an action over lines."""
    log = folder / "table/_delta_log" / f"{version:020}.json"
    if not log.exists():
        return None
    actions, text, decoder = [], log.read_text().strip(), json.JSONDecoder()
    while text:
        action, end = decoder.raw_decode(text)
        actions.append(action)
        text = text[end:].lstrip()
    return actions


def changes_more_than_adds(actions):
    removes = [action["remove"] for action in actions if "remove" in action]
    return any(remove.get("dataChange", True) for remove in removes) or any(
        "cdc" in action for action in actions
    )


def comparable(before, after):
    """Columns of both; but for those in which fields came, went or got other names."""
    return [
        field.name
        for field in after
        if field.name in before.names
        and (before.field(field.name).type == field.type or not pa.types.is_nested(field.type))
    ]


def counted(table, columns):
    _, rows = canonical.arrow_rows(table.select(columns))
    return collections.Counter(map(repr, rows))


def at_version(url, version, delta):
    """None where the version cannot be read: other tests say why."""
    try:
        return sluice.scan(url, version=version, use_delta_format=delta).to_arrow()
    except sluice.SluiceError:
        return None


class Commits:
    def __init__(self):
        self.added = self.refused = self.unreadable = 0

    def check(self, url, folder, version, delta):
        actions = commit_actions(folder, version)
        before, after = (at_version(url, at, delta) for at in (version - 1, version))
        if actions is None or before is None or after is None:
            return
        ask = {"starting_version": version, "ending_version": version, "use_delta_format": delta}
        try:
            rows = sluice.scan(url, **ask).to_arrow()
        except sluice.UnsupportedError as error:
            if f"version {version} does not only add rows" not in str(error):
                self.unreadable += 1  # Old logs do not tell enough of what they remove.
                return
            assert changes_more_than_adds(actions), (url, version)
            alone = sluice.scan(url, skip_change_commits=True, **ask).to_arrow()
            assert alone.num_rows == 0
            self.refused += 1
            return
        assert rows.schema.equals(after.schema), (url, version)
        columns = comparable(before.schema, after.schema)
        # Types may have been widened.
        older = before.select(columns).cast(after.select(columns).schema)
        expected = counted(older, columns) + counted(rows, columns)
        assert counted(after, columns) == expected, (url, version)
        self.added += 1


@pytest.mark.parametrize("delta", [None, False, True], ids=["either", "parquet", "delta"])
def test_commits_of_tables_written_by_others(real_tables, tmp_path, delta):
    entries = real_share.entries(real_tables)
    # What is damaged may hold anything.
    names = [name for name in entries if not name.startswith("bad__")]
    commits = Commits()
    with real_share.share(real_tables, names, tmp_path) as url:
        for name in names:
            try:
                latest = sluice.get_table_version(url(name))
            except sluice.SluiceError:
                continue
            for version in range(max(latest - MOST_COMMITS, 0) + 1, latest + 1):
                commits.check(url(name), real_tables / name, version, delta)
    assert commits.added >= LEAST_ADDED and commits.refused >= LEAST_REFUSED, vars(commits)
    assert commits.unreadable < commits.added / 10, vars(commits)
