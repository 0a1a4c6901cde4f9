"""A proxy before a store or a server that breaks some of the requests, as they and networks do."""

import collections
import http.client
import http.server
import json
import random
import socket
import struct
import threading

SECONDS = 60
XML = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>by the test</Message></Error>"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # A head and its body are sent apart.

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.draw(self.path)
        if fault is None:
            self.forward()
        elif isinstance(fault, Refusal):
            self.refuse(fault)
        else:
            getattr(self, fault)()

    do_HEAD = do_POST = do_GET

    def forward(self, cut=False, lie=0, stay=False):
        """`cut`: half of the body; `lie`: the share by which the length that is told is wrong;
        `stay`: the connection stays open, and silent, until the proxy ends."""
        far = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=SECONDS)
        try:
            # The signature holds for the host and all that was sent.
            far.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() == "host":
                    value = self.server.host or value
                far.putheader(name, value)
            far.endheaders(self.sent or None)
            answer = far.getresponse()
            body = answer.read()
        finally:
            far.close()
        self.send_response(answer.status)
        own = {"connection", "date", "server", "transfer-encoding", "content-length"}
        for name, value in answer.getheaders():
            if name.lower() not in own:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") or str(len(body))
        told = int(int(length) * (1 + lie))
        self.send_header("Content-Length", str(told))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body[:told])
        self.close_connection = cut or lie != 0
        if stay:
            self.wfile.flush()
            self.server.let_go.wait(SECONDS)

    def refuse(self, refusal):
        body = refusal.body(self.path)
        self.send_response(refusal.status)
        for name, value in {"Content-Length": len(body), **refusal.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def half(self):
        self.forward(cut=True)

    def longer(self):
        self.forward(lie=0.3)

    def shorter(self):
        self.forward(lie=-0.3)

    def stall(self):
        self.forward(cut=True, stay=True)

    def silence(self):
        self.close_connection = True

    def hang(self):
        """Says nothing until the proxy is told to let go."""
        self.server.let_go.wait(SECONDS)
        self.close_connection = True

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class Refusal:
    """What a store says instead of an answer."""

    def __init__(self, status, code, **headers):
        self.status = status
        self.code = code
        self.headers = headers

    def body(self, path):
        """As stores say it in XML; Google's interface for listings speaks JSON."""
        if not path.startswith("/storage/v1/"):
            return XML.format(code=self.code).encode()
        reason = {"reason": self.code, "message": "by the test"}
        error = {"code": self.status, "message": "by the test", "errors": [reason]}
        return json.dumps({"error": error}).encode()


#: What passes when one asks again.
PASSING = {
    "busy": Refusal(503, "SlowDown"),
    "throttled": Refusal(429, "TooManyRequests"),
    "broken": Refusal(500, "InternalError"),
    "half": "half",
    "silence": "silence",
    "reset": "reset",
}


class FaultProxy(http.server.ThreadingHTTPServer):
    """Forwards GET, HEAD and POST to `target`, a port, with the callers' Host or with `host`. For a
    share of `rate` of the requests `faults` are given in turn, which `given` counts by name; each
    calls `on_fault`. Thread-safe."""

    daemon_threads = True

    def __init__(self, target, seed=0, host=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = target
        self.host = host
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self.rate = 0.0
        self.faults = {}
        self.given = collections.Counter()
        self.requests = 0
        self.let_go = threading.Event()
        self.on_fault = lambda: None
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def draw(self, _):
        with self._lock:
            self.requests += 1
            if not self.faults or self._chance.random() >= self.rate:
                return None
            name = sorted(self.faults)[sum(self.given.values()) % len(self.faults)]
            self.given[name] += 1
            self.on_fault()
            return self.faults[name]

    def handle_error(self, *_):
        """Callers that give up are none of its business."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.let_go.set()
        self.shutdown()
        self.server_close()
