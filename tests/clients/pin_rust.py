#!/usr/bin/env python3
"""Writes rust/Cargo.lock from rust/Cargo.lock.pins, which lacks only where packages come from: that is
this machine's to say, and cargo says it in a lock file of its own."""

import pathlib
import re
import subprocess

folder = pathlib.Path(__file__).resolve().parent / "rust"
lock = folder / "Cargo.lock"
lock.unlink(missing_ok=True)
subprocess.run(["cargo", "generate-lockfile", "-q"], cwd=folder, check=True)
source = re.search(r"^source = .*$", lock.read_text(), re.MULTILINE).group(0)
pins = (folder / "Cargo.lock.pins").read_text()
lock.write_text(re.sub("^checksum = ", f"{source}\nchecksum = ", pins, flags=re.MULTILINE))
