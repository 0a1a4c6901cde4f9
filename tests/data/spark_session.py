"""A Spark session with Delta Lake and the file systems of object stores, quiet and on loopback. Its
jars are those that scripts/setup_spark.sh has put into the environment that it runs in."""

import pathlib
import sys

JARS = pathlib.Path(sys.prefix) / "jars"
PINS = JARS / "fetched.xml"


def start():
    from pyspark.sql import SparkSession

    if not PINS.exists():
        sys.exit(f"there are no jars in {JARS}: run scripts/setup_spark.sh")
    settings = {
        "spark.driver.extraClassPath": f"{JARS}/*",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Small tables: the defaults are made for large ones and cost seconds a statement.
        "spark.sql.shuffle.partitions": "1",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.driver.memory": "1g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    }
    builder = SparkSession.builder.master("local[2]").appName("tables")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
