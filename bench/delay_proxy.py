"""A TCP proxy that makes a store of this machine as far away as it is told, and counts trips."""

import asyncio
import re
import threading

REQUEST = re.compile(rb"^(GET|HEAD|PUT|POST|DELETE) ", re.MULTILINE)
ANSWER = re.compile(rb"HTTP/1\.1 \d\d\d ")


class DelayProxy:
    """Forwards 127.0.0.1:`port` to `target_port`, every piece later by half of `trip_ms`.

    `requests` counts the requests that passed; `rounds` how often one set out while none was on
    its way: trips that had to wait for each other. Heads of requests and answers are taken to come
    in pieces of their own, as the clients and stores of the benchmark send them.
    """

    def __init__(self, target_port, trip_ms):
        self._target_port = target_port
        self._delay = trip_ms / 2000
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.reset()

    def reset(self):
        self.requests = self.rounds = self._underway = 0

    def __enter__(self):
        self._thread.start()
        self._ready.wait(30)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def _run(self):
        asyncio.run(self._serve())  # Which ends what is still connected.

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _connect(self, reader, writer):
        far_writer = None
        try:
            # A connection costs a trip of its own.
            await asyncio.sleep(2 * self._delay)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            await asyncio.gather(
                self._pump(reader, far_writer, self._count_request),
                self._pump(far_reader, writer, self._count_answer),
                return_exceptions=True,
            )
        except asyncio.CancelledError:
            pass  # The proxy ends; streams of Python 3.11 print it else.
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.close()

    def _count_request(self, piece):
        found = len(REQUEST.findall(piece))
        if found and self._underway <= 0:
            self._underway = 0
            self.rounds += 1
        self.requests += found
        self._underway += found

    def _count_answer(self, piece):
        self._underway -= len(ANSWER.findall(piece))

    async def _pump(self, reader, writer, count):
        """Pieces leave in their order, each as long after it came as the delay is."""
        queue = asyncio.Queue()
        counts_on_arrival = count == self._count_request

        async def deliver():
            while (item := await queue.get()) is not None:
                due, piece = item
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not counts_on_arrival:
                    count(piece)
                writer.write(piece)
                await writer.drain()
            writer.close()

        delivering = asyncio.ensure_future(deliver())
        try:
            while piece := await reader.read(1 << 16):
                if counts_on_arrival:
                    count(piece)
                queue.put_nowait((self._loop.time() + self._delay, piece))
        finally:
            queue.put_nowait(None)
        await delivering
