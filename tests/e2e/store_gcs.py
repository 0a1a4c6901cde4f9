"""fake-gcs-server, started for a test on loopback with a folder of its own."""

import http.server
import json
import os
import subprocess
import threading

import stand_in

GOOGLE = ("GOOGLE_", "CLOUDSDK_", "GCE_METADATA_", "STORAGE_EMULATOR_HOST")


def google_environment(home, **variables):
    """This process's environment without anything of Google's tools, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(GOOGLE)}
    return {**kept, "HOME": str(home), **variables}


class Tokens(http.server.BaseHTTPRequestHandler):
    """Gives whoever asks a token, as the endpoint of a service account's file does."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        content = json.dumps({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *_):
        pass


def write_account(folder, token_port):
    """The file of a service account with a key of its own."""
    command = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    key = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    account = {
        "type": "service_account",
        "client_email": "tests@project.iam.gserviceaccount.com",
        "private_key_id": "0123456789",
        "private_key": key,
        "token_uri": f"http://127.0.0.1:{token_port}/token",
    }
    path = folder / "account.json"
    path.write_text(json.dumps(account))
    return path


class Store(stand_in.StandIn):
    """A running store: `endpoint`. It checks neither tokens nor signatures; on the port `tokens`
    there are tokens to be had."""

    def __init__(self, folder, backend="memory"):
        program = stand_in.program("fake-gcs-server")
        port = stand_in.free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [program, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
        command += ["-public-host", f"127.0.0.1:{port}", "-backend", backend, "-log-level", "warn"]
        command += ["-filesystem-root", folder / "data"]
        self._tokens = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
        self.tokens = self._tokens.server_port
        threading.Thread(target=self._tokens.serve_forever, daemon=True).start()
        super().__init__(program.name, command, port, folder, google_environment(folder))

    def stop(self):
        super().stop()
        self._tokens.shutdown()
        self._tokens.server_close()
