"""Variants as JSON texts, a line each: reads lines of `VALUE METADATA`, both in hexadecimal. Runs in
the environment of scripts/requirements-spark.txt, and needs no Java."""

import sys

from pyspark.sql.variant_utils import VariantUtils

for line in sys.stdin:
    value, metadata = (bytes.fromhex(part) for part in line.split())
    print(VariantUtils.to_json(value, metadata))
