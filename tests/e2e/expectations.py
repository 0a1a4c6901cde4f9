"""Real tables that a load cannot give as expected, by name and with the reason.

A `Case` holds for the loads it names; its pattern says how the load must end. Nothing else may
differ: see test_real_tables.py.
"""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Case:
    reason: str
    pattern: str  # of the verdict: "refused: …", a difference, or "loaded N rows where …"
    tables: str
    clients: tuple = ("official", "sluice")
    formats: tuple = ("parquet", "delta")


CASES = []


def of(client, delta):
    """{table: Case} of one load. A table is in one case only."""
    found = {}
    for case in CASES:
        if client in case.clients and ("delta" if delta else "parquet") in case.formats:
            for table in case.tables.split():
                assert table not in found, f"{table}: {found[table].reason} and {case.reason}"
                found[table] = case
    return found


def grouped(known):
    """{reason: [table]} of what `of` returned."""
    groups = {}
    for table, case in known.items():
        groups.setdefault(case.reason, []).append(table)
    return groups


def accepts(case, verdict):
    return re.search(case.pattern, verdict, re.DOTALL) is not None
