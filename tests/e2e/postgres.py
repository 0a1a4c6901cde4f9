"""A PostgreSQL server of a test's own: in a temporary folder, on a Unix socket."""

import os
import pathlib
import shutil
import subprocess
import tempfile

SECONDS = 120


def program(name):
    """The program of the newest server that is installed, or None."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


class Cluster:
    """The server refuses to run as root, so root runs it as the user postgres."""

    def __init__(self):
        # A socket's path must be short, which pytest's folders are not.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-pg-"))
        self.data = self.folder / "data"
        self._databases = 0
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8")
        self.start()

    def _control(self):
        settings = f"-c listen_addresses='' -c fsync=off -c unix_socket_directories='{self.folder}'"
        return ["-D", self.data, "-w", "-l", self.folder / "log", "-o", settings]

    def _run(self, name, *arguments):
        line = [program(name), *map(str, arguments)]
        if os.geteuid() == 0:
            line = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *line]
        subprocess.run(
            line, check=True, timeout=SECONDS, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def sql(self, statement, database="postgres"):
        self._run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h", self.folder,
                  "-d", database, "-c", statement)

    def new_database(self):
        """The URL of one that is empty."""
        self._databases += 1
        name = f"catalog{self._databases}"
        self.sql(f"CREATE DATABASE {name}")
        return f"postgresql:///{name}?user=postgres&host={self.folder}"

    def start(self):
        self._run("pg_ctl", *self._control(), "start")

    def stop(self):
        self._run("pg_ctl", *self._control(), "stop", "-m", "immediate")

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
