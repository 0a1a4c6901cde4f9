"""Starts `sluice serve` for a test and stops it again."""

import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLUICE = pathlib.Path(os.environ.get("SLUICE_BIN", ROOT / "build/bin/sluice"))
# Long enough for a loaded machine; a server that works needs a small part of a second.
START_SECONDS = 60
STOP_SECONDS = 60


def until(holds, seconds=START_SECONDS):
    """Asks again and again whether it has come true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


class Server:
    """A running server. Its output is collected line by line in `lines`."""

    def __init__(self, *arguments, cwd=None, env=None):
        self.lines = []
        self._fresh = queue.Queue()
        self.process = subprocess.Popen(
            [str(SLUICE), "serve", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=cwd,
            env={**os.environ, **(env or {})},
        )
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()

    def _collect(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._fresh.put(self.lines[-1])
        self._fresh.put(None)

    def wait_for(self, pattern, seconds=START_SECONDS):
        """The first match in the output from here on; fails when the server ends before."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._fresh.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} in {seconds} s in:\n{self.output()}") from None
            if line is None:
                raise AssertionError(f"the server ended without {pattern!r}:\n{self.output()}")
            found = re.search(pattern, line)
            if found:
                return found

    def output(self):
        return "\n".join(self.lines)

    def stop(self):
        """A graceful stop; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no stop in {STOP_SECONDS} s:\n{self.output()}") from None
        self._reader.join()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class SharedFolder(Server):
    """`serve DIR` on any free port, with its profile in `profile`."""

    def __init__(self, folder, profile, *arguments, **options):
        self.profile = pathlib.Path(profile)
        listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
        super().__init__(folder, "--profile", profile, *listen, *arguments, **options)
        self.base = self.wait_for(r"(https?://[^\s'\"]+)").group(1)
        content = json.loads(self.profile.read_text())
        self.endpoint = content["endpoint"].rstrip("/")
        self.token = content["bearerToken"]


class Configured(Server):
    """`serve --config FILE` on any free port; `endpoint` is what it printed."""

    def __init__(self, config, *arguments, **options):
        super().__init__("--config", config, *arguments, **options)
        self.endpoint = self.wait_for(r"^Serving .* at (https?://[^\s'\"]+)").group(1).rstrip("/")


def write_profile(path, endpoint, token, **fields):
    content = {"shareCredentialsVersion": 1, "endpoint": endpoint, "bearerToken": token, **fields}
    pathlib.Path(path).write_text(json.dumps(content))
    return path
