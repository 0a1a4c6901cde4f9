"""A table that can be judged at every version: what each commit does follows from its number.

Buckets hold amounts; each commit moves some from one bucket to another and rewrites both files, so
that every version has exactly one file a bucket, every key once, and the same sum. A mixture of two
versions has not.

The writer makes commits of JSON and real Parquet files itself: twenty a second beside eight readers on
two cores are more than a full engine commits. Checkpoints and the clean-up of the log are
deltalake's.
"""

import hashlib
import json
import os
import random
import time

import pyarrow as pa
import pyarrow.parquet as parquet

BUCKETS = 12
KEYS = 3  # of a bucket
START = 1000  # amount of every bucket at version 0
SUM = BUCKETS * START
SCHEMA = pa.schema(
    [("key", pa.int64()), ("bucket", pa.int64()), ("generation", pa.int64()), ("amount", pa.int64())]
)
RETENTION_SECONDS = 5


def move(version):
    """(from, to, amount) of a commit."""
    chance = random.Random(version)
    source, target = chance.sample(range(BUCKETS), 2)
    return source, target, chance.randrange(1, 50)


class Ledger:
    """What the table holds at each version, made as far as it is asked for."""

    def __init__(self):
        self._states = [((0, START),) * BUCKETS]

    def at(self, version):
        """(generation, amount) of each bucket; the generation is the version of its file."""
        while len(self._states) <= version:
            number = len(self._states)
            source, target, amount = move(number)
            state = list(self._states[-1])
            state[source] = (number, state[source][1] - amount)
            state[target] = (number, state[target][1] + amount)
            self._states.append(tuple(state))
        return self._states[version]

    def files(self, version):
        return {file_name(b, generation) for b, (generation, _) in enumerate(self.at(version))}

    def rows(self, version):
        """(key, bucket, generation, amount), sorted."""
        return sorted(
            (bucket * KEYS + i, bucket, generation, amount if i == 0 else 0)
            for bucket, (generation, amount) in enumerate(self.at(version))
            for i in range(KEYS)
        )

    def changed(self, version):
        """(files added, files removed) of a commit; of version 0 all are added."""
        before = set() if version == 0 else self.files(version - 1)
        return self.files(version) - before, before - self.files(version)


def file_name(bucket, generation):
    return f"bucket-{bucket:02}-{generation:08}.parquet"


def hashed(name, format):
    """The id of a file under the header `fileidhash`."""
    return (hashlib.md5 if format == "parquet" else hashlib.sha256)(name.encode()).hexdigest()


class Writer:
    def __init__(self, place):
        self.place = place
        self.ledger = Ledger()
        self.version = -1
        (place / "_delta_log").mkdir(parents=True)
        self._commit([*self._table(), *(self._add(b, 0, START) for b in range(BUCKETS))])

    def _table(self):
        fields = [
            {"name": field.name, "type": "long", "nullable": True, "metadata": {}} for field in SCHEMA
        ]
        yield {"protocol": {"minReaderVersion": 1, "minWriterVersion": 4}}
        yield {
            "metaData": {
                "id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps({"type": "struct", "fields": fields}),
                "partitionColumns": [],
                "configuration": {
                    "delta.enableChangeDataFeed": "true",
                    "delta.logRetentionDuration": f"interval {RETENTION_SECONDS} seconds",
                },
                "createdTime": 0,
            }
        }

    def _add(self, bucket, generation, amount):
        keys = range(bucket * KEYS, (bucket + 1) * KEYS)
        rows = {
            "key": list(keys),
            "bucket": [bucket] * KEYS,
            "generation": [generation] * KEYS,
            "amount": [amount] + [0] * (KEYS - 1),
        }
        name = file_name(bucket, generation)
        parquet.write_table(pa.table(rows, SCHEMA), self.place / name)
        stats = {
            "numRecords": KEYS,
            "minValues": {column: min(values) for column, values in rows.items()},
            "maxValues": {column: max(values) for column, values in rows.items()},
            "nullCount": dict.fromkeys(rows, 0),
        }
        return {
            "add": {
                "path": name,
                "partitionValues": {},
                "size": (self.place / name).stat().st_size,
                "modificationTime": int(time.time() * 1000),
                "dataChange": True,
                "stats": json.dumps(stats),
            }
        }

    def _remove(self, bucket, generation):
        name = file_name(bucket, generation)
        return {
            "remove": {
                "path": name,
                "deletionTimestamp": int(time.time() * 1000),
                "dataChange": True,
                "extendedFileMetadata": True,
                "partitionValues": {},
                "size": (self.place / name).stat().st_size,
            }
        }

    def _commit(self, actions):
        """A commit appears whole or not at all, and never replaces another."""
        version = self.version + 1
        log = self.place / "_delta_log"
        unfinished = log / f".{version:020}.unfinished"
        info = {"commitInfo": {"timestamp": int(time.time() * 1000), "operation": "WRITE"}}
        unfinished.write_text("".join(json.dumps(action) + "\n" for action in (info, *actions)))
        os.link(unfinished, log / f"{version:020}.json")
        unfinished.unlink()
        self.version = version

    def commit(self):
        """The next version."""
        number = self.version + 1
        source, target, _ = move(number)
        before, after = self.ledger.at(number - 1), self.ledger.at(number)
        actions = []
        for bucket in (source, target):
            actions.append(self._remove(bucket, before[bucket][0]))
            actions.append(self._add(bucket, *after[bucket]))
        self._commit(actions)
