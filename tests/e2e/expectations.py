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


# Refused by the server, whoever asks. The manifest expects a refusal of every one of these.
REFUSED_BY_THE_SERVER = [
    Case(
        "a commit or a part of a checkpoint is missing, or there is no log",
        r"data of this table is missing or refused",
        """bad__checkpoint_part_missing_no_json-a bad__first_commit_missing-a bad__log_gap-a
        bad__sidecar_missing-a drserr__table_c krs__crc-malformed""",
    ),
    Case(
        "the log is damaged",
        r"this table is damaged",
        """bad__checkpoint_truncated_no_json-a bad__garbage_json_middle-a
        bad__protocol_inconsistent-a bad__schema_string_garbage-a bad__truncated_last_json-a
        duck__inlined_null_constraints_lists golden__data-reader-absolute-paths-escaped-chars
        golden__deltalog-state-reconstruction-from-checkpoint-missing-metadata
        golden__deltalog-state-reconstruction-from-checkpoint-missing-protocol""",
    ),
    Case(
        "a reader version that nobody knows",
        r"the table needs reader version (4|99)",
        "bad__reader_version_future-a golden__deltalog-invalid-protocol-version",
    ),
    Case("an unknown feature", r"futureFeatureXyz", "bad__unknown_reader_feature-a"),
    Case("geospatial types are not supported", r"geospatial", "krs__table-with-geo"),
    Case(
        "the table's commits belong to a catalog",
        r"reader feature \W*catalog(Managed|Owned)",
        """dbench__basic_catalog_managed drserr__table_d drserr__table_e drserr__table_h
        drserr__table_i""",
    ),
    Case(
        "deletion vectors outside the table's folder",
        r"refers to files outside its folder",
        "dspark__table-with-dv-special-char",
        formats=("delta",),
    ),
]


def cannot_express(feature, tables):
    return Case(
        f"the parquet format cannot express {feature}",
        rf"this table uses .*{feature}.*responseFormat=parquet",
        tables,
        formats=("parquet",),
    )


PARQUET_FORMAT = [
    cannot_express(
        "deletionVectors",
        """bad__compacted_log-a bad__dv_corrupt-a bad__dv_file_missing-a bad__dv_inline_bad-a
        bad__stray_log_files-a dkernel__basic-dv-no-checkpoint dkernel__basic-dv-with-checkpoint
        drs__table_with_deletion_logs dspark__partitioned-table-with-dv-large
        dspark__table-with-dv-large dspark__table-with-dv-small dspark__table-with-dv-special-char
        golden__dv-partitioned-with-checkpoint golden__dv-with-columnmapping
        golden__log-replay-dv-key-cases krs__cdf-table-with-cdc-and-dvs
        krs__compacted-log-files-table krs__table-with-dv-small own__dv_many_rows-a own__dv_part-a
        own__features_dropped-a""",
    ),
    cannot_express(
        "columnMapping",
        """dat__column_mapping dkernel__data-reader-partition-values-column-mapping-name
        dkernel__data-reader-primitives-column-mapping-name drs__table_with_column_mapping
        drs__table_with_partitioning_mapping
        golden__data-skipping-basic-stats-all-types-columnmapping-name
        golden__table-with-columnmapping-mode-id golden__table-with-icebegCompatV2Enabled
        krs__cdf-column-mapping-name-mode krs__cdf-column-mapping-name-mode-3-7
        krsg__table-with-columnmapping-mode-id own__cdf_cm_rename-a own__cm_id-a own__cm_name-a
        own__cm_upgraded-a own__uniform_iceberg_compat-a""",
    ),
    cannot_express(
        "timestampNtz",
        """golden__data-reader-timestamp_ntz golden__data-reader-timestamp_ntz-id-mode
        golden__data-reader-timestamp_ntz-name-mode golden__parquet-all-types
        golden__parquet-all-types-legacy-format golden__type-widening
        krs__parquet_row_group_skipping krs__type-widening own__all_types-a own__ntz_part-a
        own__part_types-a""",
    ),
    cannot_express("typeWidening", "own__widen-a"),
    cannot_express(
        "variantType",
        """dspark__variant-stats-nested-no-checkpoint dspark__variant-stats-no-checkpoint
        dspark__variant-stats-state-reconstruction
        dspark__variant-stats-with-struct-no-checkpoint duck__inlined_variant_basic
        golden__spark-variant-checkpoint own__variant-a""",
    ),
]

# The table's log is good, its data files are not. The manifest expects these refusals too.
DATA = [
    Case(
        "data files are gone",
        # The official client does not look at the status of a data file in the delta format.
        r"FileNotFoundError|Corrupt footer|the store answers 404",
        """drs__checkpoints drs__checkpoints_vacuumed drs__latest_not_checkpointed
        drs__table-with-domain-metadata drserr__table_a drserr__table_b drserr__table_g
        krs__with_checkpoint_no_last_checkpoint""",
    ),
    Case(
        "data files are no Parquet files",
        r"FileNotFoundError|Corrupt footer|are no Parquet file",
        "golden__checkpoint golden__delete-re-add-same-file-different-transactions",
    ),
    Case(
        "data files are no Parquet files, and the table has no columns",
        r"JSONDecodeError|EOF while parsing|are no Parquet file",
        "golden__corrupted-last-checkpoint golden__deltalog-commit-info",
    ),
    Case(
        "a deletion vector is damaged or gone",
        r"refused: .*[Dd]eletion.[Vv]ector",
        "bad__dv_corrupt-a bad__dv_file_missing-a bad__dv_inline_bad-a",
        formats=("delta",),
    ),
]

# What the official client, version 1.4.2, cannot do.
OFFICIAL = [
    Case(
        "the official client does not list variantType",
        r"variantType.*which the client does not list",
        """dspark__variant-stats-nested-no-checkpoint dspark__variant-stats-no-checkpoint
        dspark__variant-stats-state-reconstruction
        dspark__variant-stats-with-struct-no-checkpoint duck__inlined_variant_basic
        golden__spark-variant-checkpoint own__variant-a""",
        clients=("official",),
        formats=("delta",),
    ),
    Case(
        "the official client does not list typeWidening",
        r"typeWidening.*which the client does not list",
        "golden__type-widening krs__type-widening own__widen-a",
        clients=("official",),
        formats=("delta",),
    ),
    Case(
        "the official client's timestamps end at the years 1677 and 2262",
        r"not expected .*'time'",
        "drs__table_with_edge_timestamps",
        clients=("official",),
    ),
    Case(
        "the official client's timestamps end at the years 1677 and 2262",
        r"not expected .*'time'",
        "own__ntz_part-a",
        clients=("official",),
        formats=("delta",),
    ),
    Case(
        "the official client cannot load a file without rows",
        r"Must pass schema, or at least one RecordBatch",
        "dspark__dbr_8_0_non_generated_columns",
        clients=("official",),
        formats=("delta",),
    ),
    Case(
        "the official client does not know the type void",
        r"void",
        "krs__void-column",
        clients=("official",),
    ),
    Case(
        "the official client cannot load a table without columns",
        r"JSONDecodeError|EOF while parsing",
        "golden__canonicalized-paths-normal-b golden__canonicalized-paths-special-b",
        clients=("official",),
    ),
]

# Where this project answers and the engine that wrote the expectations does not, or otherwise.
DECIDED = [
    Case(
        "a table without columns is loaded as one without rows",
        r"loaded 0 rows where the reference refuses",
        "golden__canonicalized-paths-normal-b golden__canonicalized-paths-special-b",
        clients=("sluice",),
    ),
    Case(
        "a path that the engine cannot decode is taken as it stands (disputed in the manifest)",
        r"loaded 1 rows where the reference refuses",
        "krs__timestamp-partitioned-table",
    ),
    Case(
        "char(n) comes as it is stored; the engine pads it (disputed in the manifest)",
        r"not expected .*'ab'",
        "own__all_types-a",
        formats=("delta",),
    ),
    Case(
        "a widening from date to timestamp_ntz that the engine does not read",
        r"loaded 2 rows where the reference refuses",
        "krs__type-widening",
        clients=("sluice",),
        formats=("delta",),
    ),
    Case(
        "a variant comes as its two binary parts; the expectation holds JSON text",
        r"not expected .*'metadata'",
        """duck__inlined_variant_basic dspark__variant-stats-nested-no-checkpoint
        dspark__variant-stats-no-checkpoint dspark__variant-stats-state-reconstruction
        dspark__variant-stats-with-struct-no-checkpoint golden__spark-variant-checkpoint
        own__variant-a""",
        clients=("sluice",),
        formats=("delta",),
    ),
]

CASES = REFUSED_BY_THE_SERVER + PARQUET_FORMAT + DATA + OFFICIAL + DECIDED


def of(client, delta, cases=CASES):
    """{table: Case} of one load. A table is in one case only."""
    found = {}
    for case in cases:
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
