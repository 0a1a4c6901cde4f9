#!/usr/bin/env python3
"""The include rule: a folder includes only what docs/architecture.md's table allows it.

Reads every C++ file under src, include, apps, tests and bench. Project headers are included with
quotes and by their path from src (or, in apps, tests and bench, from the including file's own
folder). Prints one line a violation. `--self-test` proves that violations are found.
"""

import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# The folder, and what it may include beside itself. Every folder may include base.
ALLOWED = {
    "base": set(),
    "net": set(),
    "json": set(),
    "oauth": {"json", "net"},
    "storage": {"net"},
    "storage/rest": {"net", "storage"},
    "storage/s3": {"json", "net", "storage", "storage/rest"},
    "storage/azure": {"json", "net", "oauth", "storage", "storage/rest"},
    "storage/gcs": {"json", "net", "oauth", "storage", "storage/rest"},
    "storage/registry": {"net", "storage", "storage/rest", "storage/s3", "storage/azure", "storage/gcs"},
    "predicate": set(),
    "delta": {"storage", "predicate"},
    "parquet_table": {"storage", "predicate", "delta"},
    "protocol": set(),
    "catalog": set(),
    "catalog/folder": {"catalog", "storage"},
    "catalog/rows": set(),
    "catalog/sqlite": {"catalog/rows", "sqlite"},
    "catalog/postgres": {"catalog/rows"},
    "catalog/managed": {"catalog", "catalog/rows"},
    "auth": {"catalog"},
    "auth/oidc": {"auth", "catalog", "json", "net", "oauth"},
    "observe": {"json"},
    "sqlite": set(),
    "server/http": {"observe", "protocol"},
    "server/config": {"oauth", "storage", "storage/registry", "predicate"},
    "server/jobs": {"sqlite"},
    "server/api": {
        "net", "storage", "storage/registry", "predicate", "delta", "parquet_table", "protocol", "catalog", "auth", "observe", "server/http",
        "server/config", "server/jobs",
    },
    "server/admin": {"catalog", "catalog/rows", "catalog/managed", "protocol", "observe", "server/http", "server/api"},
    "check": {"net", "protocol", "client"},
    "client": {"json", "net", "oauth", "storage", "storage/registry", "predicate", "delta", "parquet_table", "protocol"},
    # The client's own interface is spelled in the types of net, predicate and protocol.
    "capi": {"client", "net", "predicate", "protocol"},
}
# Wiring and what crosses modules may include everything.
FREE = ["apps", "tests", "bench"]

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def module_of(path):
    """The table's folder a path below src belongs to; None when there is none."""
    parts = pathlib.PurePosixPath(path).parts
    for depth in (2, 1):
        name = "/".join(parts[:depth])
        if len(parts) > depth and name in ALLOWED:
            return name
    return None


def includes_of(file):
    for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def check_library_file(root, file):
    relative = file.relative_to(root / "src").as_posix()
    module = module_of(relative)
    if module is None:
        yield 1, "this folder is not in the table of scripts/check_includes.py"
        return
    allowed = ALLOWED[module] | {module, "base"}
    for number, quote, target in includes_of(file):
        if target == "sluice/sluice.h":
            if module != "capi":
                yield number, f"{module} must not know the C ABI; only capi implements it"
            continue
        wanted = module_of(target)
        if quote == "<":
            if wanted is not None and (root / "src" / target).exists():
                yield number, f"project header <{target}> is included with quotes"
            continue
        if not (root / "src" / target).exists():
            yield number, f'"{target}" is not a path from src (generated and outside headers use <>)'
        elif wanted not in allowed:
            yield number, f"{module} may not include {wanted or target}"


def check_free_file(root, file):
    for number, quote, target in includes_of(file):
        if quote != '"' or target == "sluice/sluice.h":
            continue
        top = file.relative_to(root).parts[0]
        places = [root / "src", root / top, file.parent]
        if not any((place / target).exists() for place in places):
            yield number, f'"{target}" is neither a path from src nor beside this file'


def check_binding_file(root, file):
    for number, quote, target in includes_of(file):
        if (root / "src" / target).exists():
            yield number, f"bindings speak the C ABI only, not {target}"


def check_public_file(root, file):
    for number, _, target in includes_of(file):
        if (root / "src" / target).exists() or "/" in target:
            yield number, f"the public header stands alone, without {target}"


CHECKS = {"src": check_library_file, "include": check_public_file, "bindings": check_binding_file}
CHECKS |= {folder: check_free_file for folder in FREE}


def violations(root):
    for folder, check in CHECKS.items():
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".h", ".cc", ".cpp", ".c") and file.is_file():
                for number, text in check(root, file):
                    yield f"{file.relative_to(root)}:{number}: {text}"


def self_test():
    files = {
        "src/base/result.h": "",
        "src/client/client.h": '#include "base/result.h"\n#include "protocol/types.h"\n',
        "src/protocol/types.h": "",
        "src/server/http/session.h": "",
        "src/server/api/query.cc": '#include "server/http/session.h"\n#include <vector>\n',
        "src/server/api/bad.cc": '#include "client/client.h"\n',
        "src/delta/table.h": "",
        "src/server/http/bad.cc": '#include "delta/table.h"\n',
        "src/client/bad.cc": '\n#  include "server/api/query.cc"\n',
        "src/base/bad.cc": '#include <protocol/types.h>\n',
        "src/protocol/bad.cc": '#include "types.h"\n',
        "src/delta/bad.cc": '#include "sluice/sluice.h"\n',
        "src/stray/bad.cc": "",
        "apps/main.cc": '#include "client/client.h"\n#include "server/http/session.h"\n',
        "apps/bad.cc": '#include "nowhere.h"\n',
        "bindings/python/bad.cc": '#include "client/client.h"\n',
        "include/sluice/sluice.h": "#include <stdint.h>\n",
        "include/sluice/bad.h": '#include "base/result.h"\n',
    }
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = sorted(line.split(":")[0] for line in violations(root))
    expected = sorted(name for name in files if pathlib.PurePosixPath(name).stem == "bad")
    if found != expected:
        sys.exit(f"self-test: expected one violation in each of {expected}, found {found}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    found = list(violations(ROOT))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
