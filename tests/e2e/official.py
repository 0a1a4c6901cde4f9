"""The official client in its own environment, as an object that a test calls."""

import json
import pathlib
import pickle
import subprocess
import threading

import server

SECONDS = 300


class Refused(Exception):
    """What the client raised: its text, and the status of the answer where that was the cause."""

    def __init__(self, text, status):
        super().__init__(text)
        self.status = status


class OfficialClient:
    """One process for all calls; `with` ends it."""

    def __init__(self):
        worker = pathlib.Path(__file__).with_name("official_worker.py")
        self._process = subprocess.Popen(
            [server.ROOT / ".venv-official/bin/python", worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def call(self, name, **arguments):
        """The result of a call of official_worker.py. Errors: Refused."""
        line = json.dumps({"call": name, "arguments": arguments}, default=str) + "\n"
        # A call that does not come back ends with its process, and then so does the wait.
        guard = threading.Timer(SECONDS, self._process.kill)
        guard.start()
        try:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
            result = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError):
            raise AssertionError(f"the official client ended in {line}") from None
        finally:
            guard.cancel()
        if "error" in result:
            raise Refused(result["error"], result["status"])
        return result["value"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(SECONDS)
