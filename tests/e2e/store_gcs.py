"""fake-gcs-server, started for a test on loopback with a folder of its own."""

import http.client
import http.server
import json
import os
import subprocess
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

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


class XmlApi(http.server.BaseHTTPRequestHandler):
    """The parts of Google's XML API that deltalake writes with and fake-gcs-server lacks. A PUT becomes
    an upload of the JSON API on the same condition, whose answer gets the headers that a writer
    reads; a listing begins behind `start-after`. The rest goes to the store as it is."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # A head and its body are sent apart.
    OWN = {"host", "connection", "content-length", "date", "transfer-encoding"}

    def log_message(self, *_):
        pass

    def ask(self, method, path, content=None):
        """The store's answer and its body."""
        store = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in self.OWN}
        try:
            store.request(method, path, content, headers)
            answer = store.getresponse()
            return answer, answer.read()
        finally:
            store.close()

    def give(self, answer, body, **headers):
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in self.OWN:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(body))
        for name, value in {**headers, "Content-Length": length}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        bucket, name = map(urllib.parse.unquote, self.path[1:].split("/", 1))
        query = {"uploadType": "media", "name": name}
        if generation := self.headers.get("x-goog-if-generation-match"):
            query["ifGenerationMatch"] = generation
        path = f"/upload/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}"
        answer, body = self.ask("POST", path, content)
        written = json.loads(body) if answer.status == 200 else {}
        self.give(answer, body, ETag=written.get("etag", ""))

    def do_GET(self):
        answer, body = self.ask(self.command, self.path)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        if "start-after" in query and answer.status == 200:
            listing = ElementTree.fromstring(body)
            for entry in listing.findall("Contents"):
                if entry.find("Key").text <= query["start-after"][0]:
                    listing.remove(entry)
            body = ElementTree.tostring(listing)
        self.give(answer, body)

    do_HEAD = do_DELETE = do_GET


class Helper(http.server.ThreadingHTTPServer):
    """A server of `handler` beside the store, which listens on the port `target`."""

    daemon_threads = True

    def __init__(self, handler, target):
        super().__init__(("127.0.0.1", 0), handler)
        self.target = target
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class Store(stand_in.StandIn):
    """A running store: `endpoint`. It checks neither tokens nor signatures; on the port `tokens`
    there are tokens to be had. `xml_endpoint` is the same for those who write with the
    XML API."""

    def __init__(self, folder, backend="memory"):
        program = stand_in.program("fake-gcs-server")
        port = stand_in.free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [program, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
        command += ["-public-host", f"127.0.0.1:{port}", "-backend", backend, "-log-level", "warn"]
        command += ["-filesystem-root", folder / "data"]
        self._helpers = [Helper(Tokens, port), Helper(XmlApi, port)]
        self.tokens, writes = (helper.server_port for helper in self._helpers)
        self.xml_endpoint = f"http://127.0.0.1:{writes}"
        super().__init__(program.name, command, port, folder, google_environment(folder))

    def stop(self):
        super().stop()
        for helper in self._helpers:
            helper.stop()
