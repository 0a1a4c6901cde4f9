"""Azurite, the emulator of Azure's storage, started for a test on loopback with a folder of its own."""

import base64
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

import server

PROGRAMS = server.ROOT / ".venv-stores/bin"
START_SECONDS = 60
STOP_SECONDS = 20
ACCOUNT = "testaccount"
KEY = base64.b64encode(b"a key of the tests, 32 bytes long").decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """A certificate for 127.0.0.1 that vouches for itself: its file, and its key's."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return certificate, key


class Azurite:
    """A running account: `endpoint`, its URL; with `https` also open to identities of Entra ID."""

    def __init__(self, folder, https=False):
        program = PROGRAMS / "azurite-blob"
        if not program.exists():
            pytest.skip(f"azurite is not installed in {PROGRAMS}; scripts/setup_stores.sh installs it")
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.endpoint = f"{'https' if https else 'http'}://127.0.0.1:{self.port}/{ACCOUNT}"
        self.certificate = ""
        command = [program, "--silent", "--disableTelemetry", "--blobHost", "127.0.0.1"]
        command += ["--blobPort", str(self.port), "--location", self.folder / "data"]
        if https:
            self.certificate, key = make_certificate(self.folder)
            command += ["--oauth", "basic", "--cert", self.certificate, "--key", key]
        self.log = self.folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
            )
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        output = self.log.read_text(errors="replace")
        self.stop()
        raise AssertionError(f"azurite does not answer:\n{output}")

    def variables(self):
        """What the live test needs to use the account."""
        return {
            "SLUICE_AZURE_ENDPOINT": self.endpoint,
            "SLUICE_AZURE_ACCOUNT": ACCOUNT,
            "SLUICE_AZURE_KEY": KEY,
            "SLUICE_AZURE_CA": str(self.certificate),
        }

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
