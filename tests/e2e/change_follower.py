"""Follows a shared table by its change feed, with this project's own client.

It keeps the rows that the changes add up to, as follower.Follower does, whose columns it shares. A
range in which a column was renamed cannot be had at once, as its rows do not go together; it is
halved then.
"""

import collections

import follower
import sluice
import wire

import canonical

CHANGE = "_change_type"
ABOUT_COMMITS = {CHANGE, "_commit_version", "_commit_timestamp"}
SIGNS = {"insert": 1, "update_postimage": 1, "delete": -1, "update_preimage": -1}


class ChangeFollower:
    def __init__(self, served, table, delta):
        self._served = served
        self._url = f"{served.profile}#{table}"
        self._path = wire.table_path(table)
        self._delta = delta
        self.rows = collections.Counter()
        self.metadata = None
        self.next_version = 0
        self.halved = 0

    def follow_to(self, version):
        if version >= self.next_version:
            self._follow(self.next_version, version)
            self.next_version = version + 1

    def _follow(self, first, last):
        try:
            changes = self._load(first, last)
        except sluice.UnsupportedError:
            if first == last:
                raise
            self.halved += 1
            middle = (first + last) // 2
            self._follow(first, middle)
            self._follow(middle + 1, last)
            return
        self._take_metadata(last)
        self._apply(changes)

    def _load(self, first, last):
        for _ in range(follower.TRIES):
            try:
                return sluice.load_table_changes_as_arrow(
                    self._url, first, last, use_delta_format=self._delta
                )
            except sluice.UnavailableError:
                self._served.wait()
        raise AssertionError(f"no changes from {first} to {last}")

    def _take_metadata(self, version):
        for _ in range(follower.TRIES):
            try:
                answer = self._served.caller().get(
                    f"{self._path}/metadata?version={version}",
                    headers={
                        "delta-sharing-capabilities": "responseformat=delta;"
                        f"readerfeatures={follower.FEATURES}"
                    },
                )
                if answer.status != 503:
                    break
            except follower.GONE:
                pass
            self._served.wait()
        else:
            raise AssertionError(f"no metadata of version {version}")
        assert answer.status == 200, (answer.status, answer.body)
        self.metadata = answer.lines()[1]["metaData"]["deltaMetadata"]
        physical = dict(follower.columns_of(self.metadata).values())
        kept = collections.Counter()
        for row, count in self.rows.items():
            kept[frozenset(pair for pair in row if pair[0] in physical)] += count
        self.rows = kept

    def _apply(self, changes):
        columns = follower.columns_of(self.metadata)
        assert set(changes.column_names) == {*columns, *ABOUT_COMMITS}
        names, rows = canonical.arrow_rows(changes)
        kind = names.index(CHANGE)
        physical = [
            None if name in ABOUT_COMMITS else columns[name][0] for name in names
        ]
        for row in rows:
            pairs = zip(physical, row)
            key = frozenset(pair for pair in pairs if pair[0] is not None and pair[1] is not None)
            self.rows[key] += SIGNS[row[kind]]
        wrong = [row for row, count in self.rows.items() if count < 0]
        assert not wrong, f"rows were deleted that were never there: {wrong[:3]}"
        self.rows = +self.rows

    table = follower.Follower.table
