"""Real tables whose changes cannot be loaded as expected, by name and with the reason.

As expectations.py, for test_changes_are_those_expected of test_real_tables.py.
"""

import expectations
from expectations import Case, accepts, cannot_express

__all__ = ["accepts", "of"]

OURS_IN_DELTA = {"clients": ("sluice",), "formats": ("delta",)}
OFFICIAL_IN_DELTA = {"clients": ("official",), "formats": ("delta",)}

# The manifest expects these refusals, too.
REFUSED = [
    Case(
        "the log was cleaned up and begins after the version asked for",
        r"refused: .*no longer in the log",
        "drs__checkpoint-cdf-table",
    ),
    Case(
        "data files are gone",
        r"the store answers 404",
        "bad__cdc_file_missing-a bad__data_file_missing-a",
        **OURS_IN_DELTA,
    ),
    Case(
        "a column was renamed on the way",
        r"column 'v' was renamed",
        "own__cdf_cm_rename-a",
        **OURS_IN_DELTA,
    ),
]

PARQUET_FORMAT = [
    cannot_express(
        "deletionVectors",
        """bad__cdc_file_missing-a bad__data_file_missing-a krs__cdf-table-with-cdc-and-dvs
        krs__cdf-table-with-dv krs__compacted-log-files-table own__cdf_dv-a""",
    ),
    cannot_express(
        "columnMapping",
        """krs__cdf-column-mapping-name-mode krs__cdf-column-mapping-name-mode-3-7
        own__cdf_cm_rename-a""",
    ),
]

# What the official client, version 1.4.2, cannot do.
OFFICIAL = [
    Case(
        "the official client reads changes in the delta format only while no column joins",
        r"Start and end version schemas are different",
        """bad__cdc_file_missing-a bad__data_file_missing-a own__cdf_cm_rename-a own__cdf_dv-a""",
        **OFFICIAL_IN_DELTA,
    ),
    Case(
        "the official client asks for in-commit timestamps that no server sends",
        r"In-commit timestamp is enabled but not found",
        "drs__cdc_ict_table",
        **OFFICIAL_IN_DELTA,
    ),
]

# A hand-made deletion vector that is no Z85 and, read all the same, names a row that its file does
# not have. The engine and the official client read on, each with other rows (disputed in the
# manifest).
DECIDED = [
    Case(
        "a deletion vector is damaged",
        r"inline deletion vector: Z85 block out of range",
        "krs__cdf-table-with-dv",
        **OURS_IN_DELTA,
    ),
    Case(
        "the official client reads a damaged deletion vector",
        r"expected 22 rows, got 24",
        "krs__cdf-table-with-dv",
        **OFFICIAL_IN_DELTA,
    ),
]

CASES = REFUSED + PARQUET_FORMAT + OFFICIAL + DECIDED


def of(client, delta):
    """{table: Case} of one load."""
    return expectations.of(client, delta, CASES)
