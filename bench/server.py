"""Starts `sluice serve` for a benchmark, and stops it."""

import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time


class Server:
    """Serves the tables of a folder, as a configuration names them, on a free port of the loopback
    address while the `with` block runs: `endpoint`, `token`, and both in `profile_file`."""

    def __init__(self, program: pathlib.Path, tables: pathlib.Path, work: pathlib.Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self._port}/delta-sharing"
        self.token = secrets.token_urlsafe(32)
        self.profile_file = work / "bench.share"
        self._config = work / "bench.yaml"
        configuration = {**self._configuration(tables), "log": self._logging(work)}
        self._config.write_text(json.dumps(configuration))  # JSON is YAML.
        self._command = [str(program), "serve", "--config", str(self._config)]
        self._log = work / "server.log"

    def _configuration(self, tables):
        places = [place for place in sorted(tables.iterdir()) if (place / "_delta_log").is_dir()]
        named = [{"name": place.name, "location": str(place), "historyShared": True} for place in places]
        return {
            "version": 1,
            "host": "127.0.0.1",
            "port": self._port,
            "authorization": {"bearerToken": self.token},
            "shares": [{"name": tables.name, "schemas": [{"name": "default", "tables": named}]}],
        }

    @staticmethod
    def _logging(work):
        """Every request is logged, and what lasts long fills no disk."""
        return {
            "accessFile": str(work / "access.log"),
            "accessMaxBytes": 256 << 20,
            "accessMaxFiles": 2,
        }

    def __enter__(self):
        profile = {
            "shareCredentialsVersion": 1, "endpoint": self.endpoint, "bearerToken": self.token
        }
        self.profile_file.write_text(json.dumps(profile))
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self._process.kill()
                raise SystemExit(f"the server did not start:\n{self._log.read_text()}")
            time.sleep(0.05)
        return self

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
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
