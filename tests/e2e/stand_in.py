"""Programs that stand for cloud services, started for a test on loopback."""

import pathlib
import random
import signal
import socket
import subprocess
import time

import pytest

import server

PROGRAMS = server.ROOT / ".venv-stores/bin"
START_SECONDS = 120
STOP_SECONDS = 20


def program(name):
    """Its path; the test is skipped where it is not installed."""
    path = PROGRAMS / name
    if not path.exists():
        pytest.skip(f"{name} is not installed in {PROGRAMS}; scripts/setup_stores.sh installs it")
    return path


def free_port():
    """A port that nobody has now, of those that the system does not give to connections: one of them
    could be taken before the program that is to have it begins."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe:
            # As servers do; what others listen on is refused all the same.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def make_certificate(folder):
    """A certificate for 127.0.0.1 that vouches for itself: its file, and its key's."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return certificate, key


class StandIn:
    """A running program that listens on `port`, with what it prints in `log`."""

    def __init__(self, name, command, port, folder, environment):
        self.name = name
        self.port = port
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        self._wait()

    def _wait(self):
        """All of them accept connections only when they can answer."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        output = self.log.read_text(errors="replace")
        self.stop()
        raise AssertionError(f"{self.name} does not answer:\n{output}")

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
