"""nginx with deploy/nginx/sluice.conf as it stands, but for ports and places."""

import os
import shutil
import signal
import socket
import subprocess

import server
import stand_in

PROGRAM = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
CONFIGURATION = (server.ROOT / "deploy/nginx/sluice.conf").read_text()
SECONDS = 60


def replaced(text, *changes):
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, str(after))
    return text


class Nginx:
    """A running one, whose configuration is what lies in the folder's conf.d, as on Debian."""

    def __init__(self, folder, configuration=None):
        self.port = stand_in.free_port()
        self.folder = folder
        (folder / "conf.d").mkdir(parents=True)
        if configuration:
            (folder / "conf.d/sluice.conf").write_text(configuration(self))
        places = "".join(
            f"{name}_temp_path {folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; worker_processes 2; error_log {folder}/error.log notice;\n"
            f"events {{ worker_connections 512; }}\n"
            f"http {{ access_log {folder}/nginx.log; {places} include {folder}/conf.d/*.conf; }}\n"
        )
        self.command = [PROGRAM, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self.process = subprocess.Popen(self.command)
        self._until((folder / "pid").exists)
        if configuration:
            self.wait()

    def here(self, pair):
        """sluice.conf with this one's port and a certificate of the test's."""
        return replaced(
            CONFIGURATION,
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.port} ssl http2;"),
            ("/etc/nginx/tls/server.crt", pair.chain),
            ("/etc/nginx/tls/server.key", pair.key),
        )

    def wait(self):
        """Until it listens."""

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        self._until(listens)

    def _until(self, holds):
        def holds_while_it_runs():
            assert self.process.poll() is None
            return holds()

        server.until(holds_while_it_runs, SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS)
