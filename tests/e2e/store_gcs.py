"""fake-gcs-server, started for a test on loopback with a folder of its own."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

import server

PROGRAM = server.ROOT / ".venv-stores/bin/fake-gcs-server"
START_SECONDS = 60
STOP_SECONDS = 20
GOOGLE = ("GOOGLE_", "CLOUDSDK_", "GCE_METADATA_", "STORAGE_EMULATOR_HOST")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def google_environment(home, **variables):
    """This process's environment without anything of Google's tools, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(GOOGLE)}
    return {**kept, "HOME": str(home), **variables}


class Store:
    """A running store: `endpoint`. It checks neither tokens nor signatures."""

    def __init__(self, folder, backend="memory"):
        if not PROGRAM.exists():
            pytest.skip(f"{PROGRAM} is not there; scripts/setup_stores.sh installs it")
        folder = pathlib.Path(folder)
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        command = [PROGRAM, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
        command += ["-public-host", f"127.0.0.1:{port}", "-backend", backend, "-log-level", "warn"]
        command += ["-filesystem-root", folder / "data"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=google_environment(folder),
            )
        self._wait(port)

    def _wait(self, port):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            # It accepts connections only when it can answer.
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        output = self.log.read_text(errors="replace")
        self.stop()
        raise AssertionError(f"fake-gcs-server does not answer:\n{output}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
