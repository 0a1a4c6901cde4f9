"""What tests of tables under change share: a server that restarts in place, readers on threads of
their own, and Spark as a writer that takes one statement after another."""

import contextlib
import json
import os
import pathlib
import queue
import secrets
import signal
import subprocess
import threading
import urllib.parse

import server
import wire

TOKEN = "a-token-of-the-test-that-is-long-enough"
#: A reader that is this far behind has stopped.
SECONDS = 240
SPARK_SECONDS = 1800


def own_address():
    """An address of this machine that no other process of the tests listens on or calls from: a port
    of it that was given up for a moment is still free then."""
    pid = os.getpid()
    return f"127.{64 + pid // 2**16 % 64}.{pid // 256 % 256}.{pid % 256 or 1}"


class RestartingServer:
    """Shares folders as `live.tables.NAME`. A restart keeps address, token and keys, so that URLs and
    page tokens of before go on working."""

    def __init__(self, folder, tables):
        self._config, self._key = folder / "server.yaml", folder / "key"
        self._key.write_bytes(secrets.token_bytes(32))
        self._tables = tables
        self._serving = threading.Event()
        self._port = 0
        self.restarts = -1
        self.running = None
        self._start()
        self.profile = server.write_profile(folder / "live.share", self.endpoint, TOKEN)

    def _start(self):
        tables = [
            {"name": name, "location": str(place), "historyShared": True}
            for name, place in self._tables.items()
        ]
        schema = {"name": "tables", "tables": tables}
        content = {
            "version": 1,
            "shares": [{"name": "live", "schemas": [schema]}],
            "authorization": {"bearerToken": TOKEN},
            "host": own_address(),
            "port": self._port,
        }
        self._config.write_text(json.dumps(content))
        self.running = server.Configured(self._config, "--key-file", self._key)
        self._port = urllib.parse.urlsplit(self.running.endpoint).port
        self.restarts += 1
        self._serving.set()

    @property
    def endpoint(self):
        return self.running.endpoint

    def caller(self):
        return wire.Caller(self.endpoint, TOKEN)

    def restart(self):
        self._serving.clear()
        assert self.running.stop() == 0, self.running.output()
        self._start()

    def wait(self):
        """Until a restart that may be under way is over."""
        assert self._serving.wait(server.START_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        assert self.running.stop() == 0, self.running.output()[-5000:]


class Reader(threading.Thread):
    """Takes a follower to each version that it is told of, on a thread of its own."""

    def __init__(self, follower):
        super().__init__(daemon=True)
        self.follower = follower
        self._versions = queue.Queue()
        self._error = None
        self.start()

    def run(self):
        while (version := self._versions.get()) is not None:
            try:
                if self._error is None:
                    self.follower.follow_to(version)
            except BaseException as error:
                self._error = error
            finally:
                self._versions.task_done()

    def tell(self, version):
        self._versions.put(version)

    def catch_up(self):
        """Waits until the reader is where it was told to be."""
        with self._versions.all_tasks_done:
            done = self._versions.all_tasks_done.wait_for(
                lambda: self._versions.unfinished_tasks == 0, SECONDS
            )
        if self._error is not None:
            raise self._error
        assert done, f"a reader is at version {self.follower.next_version} and goes no further"

    def finish(self):
        self.catch_up()
        self._versions.put(None)
        self.join(SECONDS)


@contextlib.contextmanager
def spark(errors):
    """A function that has Spark run a statement, or raises; `errors` is a file for its log."""
    script = server.ROOT / "tests/data/spark_statements.py"
    with open(errors, "w") as log:
        process = subprocess.Popen(
            [server.ROOT / ".venv-spark/bin/python", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # Statements on a few rows: compiling them well costs more than running them.
            env={**os.environ, "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"},
            start_new_session=True,
        )

    def end():
        """Java, too, which threads of Hadoop's file systems keep alive for minutes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    # Whatever hangs ends with it, and then so does every wait.
    guard = threading.Timer(SPARK_SECONDS, end)
    guard.start()

    def answer(statement):
        line = process.stdout.readline()
        assert line, f"Spark ended in {statement}:\n{pathlib.Path(errors).read_text()[-5000:]}"
        found = json.loads(line)
        assert "error" not in found, (statement, found)
        return found

    def run(statement):
        process.stdin.write(json.dumps(statement) + "\n")
        process.stdin.flush()
        return answer(statement)

    try:
        answer("its start")
        yield run
        process.stdin.close()
        assert process.wait(60) == 0
    finally:
        guard.cancel()
        end()
        process.wait()


def version_of(place):
    """The latest version in a table's log, which is what its writer wrote last."""
    return max(int(path.stem) for path in (place / "_delta_log").glob("*.json") if path.stem.isdigit())
