"""Stores that speak S3, started for a test on loopback with a folder of their own."""

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
ACCESS_KEY = "testkey0"
SECRET_KEY = "test-secret-0123456789"
BUCKET = "first-bucket"
OTHER_BUCKET = "other.bucket"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def aws_environment(home, **variables):
    """This process's environment without anything of AWS, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", **variables}


class Store:
    """A running store: `endpoint`, and its two buckets, which are empty at first."""

    def __init__(self, name, folder, tls=False):
        program = PROGRAMS / name
        if not program.exists():
            pytest.skip(f"{name} is not installed in {PROGRAMS}; scripts/setup_stores.sh installs it")
        self.name = name
        self.folder = pathlib.Path(folder)
        data = self.folder / "data"
        for bucket in (BUCKET, OTHER_BUCKET):
            (data / bucket).mkdir(parents=True)
        self.port = free_port()
        self.certificate = self._make_certificate() if tls else None
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.log = self.folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command(program, data),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
            )
        self._wait()

    def _command(self, program, data):
        address = f"127.0.0.1:{self.port}"
        if self.name == "minio":
            return [program, "server", "--quiet", "--address", address, data]
        options = ["--port", address, "--keep-alive", "--quiet"]
        if self.certificate:
            options += ["--cert", self.certificate, "--key", self.folder / "key.pem"]
        return [program, *options, "posix", data]

    def _make_certificate(self):
        certificate = self.folder / "certificate.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1"]
        command += ["-keyout", self.folder / "key.pem", "-out", certificate]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return certificate

    def _environment(self):
        own = {
            "minio": {
                "MINIO_ROOT_USER": ACCESS_KEY,
                "MINIO_ROOT_PASSWORD": SECRET_KEY,
                "MINIO_BROWSER": "off",
                "MINIO_UPDATE": "off",
                "MINIO_DOMAIN": "localhost",
                "MINIO_CI_CD": "on",  # A folder of the system's own disk will do.
            },
            "versitygw": {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY},
        }
        return aws_environment(self.folder, **own[self.name])

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            # Both accept connections only when they can answer.
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        output = self.log.read_text(errors="replace")
        self.stop()
        raise AssertionError(f"{self.name} does not answer:\n{output}")

    def variables(self):
        """What a program needs to use the store."""
        more = {}
        if self.name == "minio":
            more["SLUICE_S3_STS"] = self.endpoint
            more["SLUICE_S3_VIRTUAL_ENDPOINT"] = f"http://localhost:{self.port}"
        if self.certificate:
            more["SLUICE_S3_CA_FILE"] = str(self.certificate)
        return {
            **more,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "SLUICE_S3_ENDPOINT": self.endpoint,
            "SLUICE_S3_BUCKET": BUCKET,
            "SLUICE_S3_OTHER_BUCKET": OTHER_BUCKET,
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
