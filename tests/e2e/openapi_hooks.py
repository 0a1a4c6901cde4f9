"""Loaded by schemathesis: how to read answers of lines."""

import json

import schemathesis


@schemathesis.deserializer("application/x-ndjson")
def read_lines(context, response):
    return [json.loads(line) for line in response.content.splitlines() if line.strip()]
