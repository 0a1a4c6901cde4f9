"""A walk through a shared table, cell by cell: `python walkthrough.py PROFILE#SHARE.SCHEMA.TABLE`.

The cells (# %%) run one by one in editors that know them. Needs pandas, pyarrow, polars and duckdb.
"""

# %% What is shared with us?
import sys

import sluice

url = sys.argv[1]
profile, _, name = url.rpartition("#")
client = sluice.SharingClient(profile)
print(client.list_all_tables().to_pandas())

# %% What is this table?
table = client.table(name)
metadata = table.metadata()
columns = [field.split(":")[0] for field in str(sluice.load_as_arrow(url, limit=0).schema).splitlines()]
print(f"version {table.version()}, {metadata.num_files} files, columns {', '.join(columns)}")

# %% A look at it.
print(sluice.load_as_pandas(url, limit=5))
frame = table.to_pandas()
print(f"{len(frame)} rows")

# %% Only what is needed: the columns and rows are chosen before they are fetched.
first = columns[0]
few = sluice.load_as_polars(url, columns=[first], filters=sluice.col(first).is_not_null())
print(few.describe())

# %% SQL over it, with DuckDB.
print(sluice.duckdb_relation(url).aggregate(f'count(*) AS rows, max("{first}") AS greatest'))

# %% A piece at a time, in bounded memory.
with table.scan(columns=[first]) as scan:
    for batch in scan:
        print(batch.num_rows, end=" ")
    print(scan.progress)

# %% What has changed since the first version?
with table.iter_changes(starting_version=1, poll_seconds=None) as changes:
    versions = sorted({change.version for change in changes})
print("versions", ", ".join(map(str, versions)))
