"""Starts `sluice serve` for a benchmark, and stops it."""

import json
import os
import pathlib
import signal
import subprocess
import time


class Server:
    """Serves a folder on a free port of the loopback address while the `with` block runs."""

    def __init__(self, program: pathlib.Path, tables: pathlib.Path, work: pathlib.Path):
        self._command = [str(program), "serve", str(tables), "--listen", "127.0.0.1:0"]
        self.profile_file = work / "bench.share"
        self._command += ["--profile", str(self.profile_file)]
        self._log = work / "server.log"

    def __enter__(self):
        self.profile_file.unlink(missing_ok=True)
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until = time.monotonic() + 30
        while not self._try_profile():
            if self._process.poll() is not None or time.monotonic() > until:
                self._process.kill()
                raise SystemExit(f"the server did not start:\n{self._log.read_text()}")
            time.sleep(0.05)
        return self

    def _try_profile(self):
        try:
            profile = json.loads(self.profile_file.read_text())
        except (OSError, ValueError):
            return False
        self.endpoint = profile["endpoint"].rstrip("/")
        self.token = profile["bearerToken"]
        return True

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self):
        return self._process.pid

    def memory_mb(self, name="VmHWM"):
        """Resident memory of the server: the most so far, or now with VmRSS."""
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(name))
        return int(line.split()[1]) / 1024

    def cpu_seconds(self):
        stat = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text()
        fields = stat.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
