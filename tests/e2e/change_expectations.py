"""Real tables whose changes cannot be loaded as expected, by name and with the reason.

As expectations.py, for test_real_changes.py.
"""

import expectations
from expectations import Case, accepts, cannot_express

__all__ = ["accepts", "of"]

CASES = [
    Case(
        "the commits from the beginning on are no longer there",
        r"refused: ",
        "drs__checkpoint-cdf-table",
    ),
]


def of(client, delta):
    """{table: Case} of one load."""
    return expectations.of(client, delta, CASES)
