#!/usr/bin/env python3
"""A TCP proxy that makes this machine a network: each connection has its latency and its rate.

    shaping_proxy.py TARGET_PORT TRIP_MS MBIT_PER_SECOND      0 and 0: only counts

Prints its port, and when its standard input ends, what passed: {"bytes": …, "connections": …},
the bytes being those on the way to the client.
"""

import asyncio
import json
import sys

PIECE = 1 << 16
AHEAD = 16  # Pieces of one connection that are on their way.


class Way:
    """One direction of one connection: pieces in order, each `delay` later than its last bit."""

    def __init__(self, delay, bytes_per_second):
        self._delay = delay
        self._rate = bytes_per_second
        self._free = 0.0
        self.bytes = 0

    async def pump(self, reader, writer):
        loop = asyncio.get_running_loop()
        queue = asyncio.Queue(AHEAD)

        async def deliver():
            while (item := await queue.get()) is not None:
                due, piece = item
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                writer.write(piece)
                await writer.drain()
            writer.close()

        delivering = asyncio.ensure_future(deliver())
        try:
            while piece := await reader.read(PIECE):
                self.bytes += len(piece)
                self._free = max(self._free, loop.time())
                if self._rate:
                    self._free += len(piece) / self._rate
                await queue.put((self._free + self._delay, piece))
        finally:
            await queue.put(None)
            await delivering


async def main(target, trip_ms, mbit):
    one_way = trip_ms / 2000
    ways = []

    async def connect(reader, writer):
        await asyncio.sleep(2 * one_way)  # A connection costs a trip of its own.
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target, limit=PIECE)
        ways.append(Way(one_way, mbit * 1e6 / 8))
        await asyncio.gather(
            Way(one_way, 0).pump(reader, far_writer),
            ways[-1].pump(far_reader, writer),
            return_exceptions=True,
        )

    server = await asyncio.start_server(connect, "127.0.0.1", 0, limit=PIECE)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    passed = sum(way.bytes for way in ways)
    print(json.dumps({"bytes": passed, "connections": len(ways)}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
