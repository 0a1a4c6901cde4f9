"""Requests without a pause from several threads, while something happens to those who answer."""

import http.client
import threading
import time


class Load:
    """Each thread opens a connection with `connect()` and calls `ask(connection)` until the end; what
    that gives, and every error of the connection, is kept as a failure. Those whose number
    `connects_anew` connect for every request."""

    def __init__(self, connect, ask, threads, connects_anew=lambda number: False):
        self.failures, self.answers = [], 0
        self._connect, self._ask, self._connects_anew = connect, ask, connects_anew
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(i,)) for i in range(threads)]

    def _run(self, number):
        connection = self._connect()
        while not self._done.is_set():
            try:
                failure = self._ask(connection)
            except (OSError, http.client.HTTPException) as error:
                failure = repr(error)
                connection.close()
            if self._connects_anew(number):
                connection.close()
            with self._lock:
                self.answers += 1
                if failure:
                    self.failures.append(failure)
        connection.close()

    def wait_for(self, more, seconds=60):
        target, deadline = self.answers + more, time.monotonic() + seconds
        while self.answers < target:
            assert time.monotonic() < deadline, "the load stands still"
            self._threads[0].join(0.01)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        for thread in self._threads:
            thread.join()
