"""A Spark session with Delta Lake, quiet and on loopback. Its jars are fetched once, into the
environment that it runs in."""

import pathlib
import sys

DELTA = "io.delta:delta-spark_4.2_2.13:4.4.0"


def start():
    from pyspark.sql import SparkSession

    environment = pathlib.Path(sys.prefix)
    settings = {
        "spark.jars.packages": DELTA,
        "spark.jars.ivy": str(environment / "ivy"),
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
