#!/usr/bin/env bash
# The jars that scripts/spark-jars.xml pins, from Maven Central into .venv-spark/jars, where
# tests/data/spark_session.py looks for them. The Ivy that pyspark brings fetches them.
# scripts/setup.sh calls it.
set -euo pipefail
cd "$(dirname "$0")/.."

PINS=scripts/spark-jars.xml
DIR=.venv-spark/jars

say() { printf '==> %s\n' "$*"; }

cmp -s "$PINS" "$DIR/fetched.xml" && exit
command -v java >/dev/null || { say 'there is no Java: tests with Spark will be skipped'; exit; }

say "$DIR: fetching what $PINS pins"
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
own=$(echo .venv-spark/lib/python3*/site-packages/pyspark/jars)
java -cp "$(echo "$own"/ivy-*.jar):$(echo "$own"/commons-cli-*.jar)" org.apache.ivy.Main -warn \
  -ivy "$PINS" -cache "$cache" -types jar bundle \
  -retrieve "$DIR/[artifact]-[revision](-[classifier]).[ext]" -sync >"$cache/log" 2>&1 ||
  { cat "$cache/log" >&2; say "$DIR: not fetched"; exit 1; } >&2
cp "$PINS" "$DIR/fetched.xml"
