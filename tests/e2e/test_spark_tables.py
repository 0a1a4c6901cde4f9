"""Tables written by delta-spark: every feature it can write, loaded by both clients in both formats,
and a table that it goes on writing to."""

import json
import shutil
import subprocess

import canonical
import expectations
import pyarrow.parquet as parquet
import pytest
import server
import workers
from expectations import Case

SPARK = server.ROOT / ".venv-spark/bin/python"
SCRIPTS = server.ROOT / "tests/data"
DATA = server.ROOT / "build/test-data/spark"
LOADS = [(client, delta) for client in ("official", "sluice") for delta in (False, True)]
LOAD_NAMES = [f"{client}-{'delta' if delta else 'parquet'}" for client, delta in LOADS]

CASES = [
    expectations.cannot_express("deletionVectors", "vectors vectors_mapped cloned"),
    expectations.cannot_express("columnMapping", "mapped_by_name mapped_by_id iceberg_compatible"),
    expectations.cannot_express("timestampNtz", "without_zone"),
    expectations.cannot_express("typeWidening", "widened"),
    expectations.cannot_express("variantType", "variants"),
    expectations.cannot_express("variantShredding-preview", "shredded_variants"),
    Case(
        "the official client does not list typeWidening, variantType or variantShredding",
        r"which the client does not list",
        "widened variants shredded_variants",
        clients=("official",),
        formats=("delta",),
    ),
    Case(
        "a variant comes as its two binary parts; the expectation holds JSON text",
        r"not expected .*'metadata'",
        "variants shredded_variants",
        clients=("sluice",),
        formats=("delta",),
    ),
]


@pytest.fixture(scope="session")
def spark_data():
    if not SPARK.exists() or shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 and .venv-spark: run 'make setup'")
    script = SCRIPTS / "make_spark_tables.py"
    done = subprocess.run([SPARK, script, DATA], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return DATA


@pytest.fixture(scope="module")
def loaded(spark_data, tmp_path_factory):
    """load(client, delta) -> {table: result}"""
    folder = tmp_path_factory.mktemp("spark")
    with server.SharedFolder(spark_data / "tables", folder / "spark.share") as running:

        def load(client, delta):
            jobs = [
                workers.Job(path.name, f"{running.profile}#tables.default.{path.name}", delta)
                for path in sorted((spark_data / "tables").iterdir())
            ]
            return {name: result for (name, _), result in workers.load(client, jobs, folder).items()}

        yield load


@pytest.mark.parametrize(("client", "delta"), LOADS, ids=LOAD_NAMES)
def test_rows_are_those_that_spark_reads(loaded, spark_data, client, delta):
    known = expectations.of(client, delta, CASES)
    trouble = []
    results = loaded(client, delta)
    assert len(results) >= 15
    for name, result in results.items():
        table = parquet.read_table(spark_data / "expected" / f"{name}.parquet")
        expected = canonical.arrow_rows(table, lossy=client == "official")
        if "error" in result:
            verdict = "refused: " + result["error"]
        else:
            verdict = canonical.difference(expected, result["rows"]) or "equal"
        case = known.get(name)
        if case is None and verdict != "equal":
            trouble.append(f"{name}: {verdict}")
        elif case is not None and not expectations.accepts(case, verdict):
            trouble.append(f"{name}: expected '{case.reason}', but {verdict}")
    if trouble:
        pytest.fail("\n".join(trouble), pytrace=False)


@pytest.mark.parametrize("name", ["variants", "shredded_variants"])
def test_variants_are_those_that_spark_reads(spark_data, tmp_path, name):
    """Decoded by PySpark: whether their fields lie in columns of their own is not to be seen."""
    import sluice

    with server.SharedFolder(spark_data / "tables", tmp_path / "variants.share") as running:
        rows = sluice.load_as_arrow(f"{running.profile}#tables.default.{name}").to_pylist()
    parts = [(row["id"], value) for row in rows for value in (row["v"], (row.get("s") or {}).get("v"))]
    lines = [f"{value['value'].hex()} {value['metadata'].hex()}" for _, value in parts if value]
    command = [SPARK, SCRIPTS / "variants_to_json.py"]
    decoded = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, timeout=120
    )
    assert decoded.returncode == 0, decoded.stderr[-5000:]
    texts = iter(decoded.stdout.splitlines())
    found, expected = {}, {}
    for at, value in parts:
        found.setdefault(at, []).append(json.loads(next(texts)) if value else None)
    for row in parquet.read_table(spark_data / "expected" / f"{name}.parquet").to_pylist():
        nested = json.loads(row["s"]).get("v") if row.get("s") else None
        expected[row["id"]] = [json.loads(row["v"]) if row["v"] else None, nested]
    assert len(lines) >= 2
    assert found == expected


def test_a_table_that_spark_goes_on_writing_to(spark_data, tmp_path):
    """Every load is one version of the table, whole: never a mixture of two."""
    import sluice

    folder = tmp_path / "live"
    folder.mkdir()
    said, seen = {}, []
    with server.SharedFolder(folder, tmp_path / "live.share") as running:
        with open(tmp_path / "errors", "w") as errors:
            writer = subprocess.Popen(
                [SPARK, SCRIPTS / "spark_live_writer.py", folder / "table", "14"],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            for line in writer.stdout:
                entry = json.loads(line)
                said[entry["version"]] = (entry["rows"], entry["sum"])
                # While Spark prepares the next commit; some loads meet it.
                for _ in range(5):
                    scan = sluice.scan(f"{running.profile}#live.default.table", columns=["id"])
                    version, table = scan.table_version, scan.to_arrow()
                    seen.append((version, table.num_rows, sum(table.column("id").to_pylist())))
            writer.wait(60)
        finally:
            writer.kill()
            writer.wait()
        assert writer.returncode == 0, (tmp_path / "errors").read_text()[-5000:]
    assert len({version for version, _, _ in seen}) >= 10
    wrong = [entry for entry in seen if entry[0] in said and said[entry[0]] != entry[1:]]
    assert not wrong
