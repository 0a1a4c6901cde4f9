"""The recipient's side of the demo, with one of two packages: demo_client.py CLIENT PROFILE OUT.

Prints what it measured as JSON and leaves the rows in the Parquet file OUT. The same code runs
with both packages, because ours has the official one's names.
"""

import json
import sys
import time

import pyarrow
import pyarrow.parquet

client, profile, out = sys.argv[1:]
if client == "official":
    import delta_sharing
else:
    import sluice as delta_sharing

URL = f"{profile}#shop.default.orders"


def timed(action):
    started = time.monotonic()
    return action(), time.monotonic() - started


tables, list_seconds = timed(lambda: delta_sharing.SharingClient(profile).list_all_tables())
loads = {}
frame, loads["pandas"] = timed(lambda: delta_sharing.load_as_pandas(URL))
rows = pyarrow.Table.from_pandas(frame, preserve_index=False)
if client == "sluice":
    arrow, loads["Arrow"] = timed(lambda: delta_sharing.load_as_arrow(URL))
    if not arrow.cast(rows.schema).equals(rows):
        sys.exit("the rows loaded as pandas and as Arrow differ")
pyarrow.parquet.write_table(rows, out)
print(
    json.dumps(
        {
            "tables": [f"{table.share}.{table.schema}.{table.name}" for table in tables],
            "rows": rows.num_rows,
            "list_seconds": list_seconds,
            "loads": loads,
        }
    )
)
