"""WebTransport on aioquic for a server without HTTP/3: each session becomes a TCP connection, which carries its first stream.

The counterpart of `server-testbed/src/webtransport.rs`, which stands on quinn and wtransport as the client does. `SESSION_PORT` is the
server's port for sessions (`../webtransport.js`).
"""

import asyncio
import os
from urllib.parse import urlsplit

import http3

SESSION_PORT = int(os.environ["SESSION_PORT"])
PATH = "/socket.io/"
PIECE = 1 << 16


class Front(http3.Connection):
    """A client's connection, with one session at most."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.opening = None
        self.carrying = None
        self.stream = None
        self.server = None

    def requested(self, stream, headers):
        if headers.get(":protocol") != "webtransport":
            self.refuse(stream, 405)
        elif urlsplit(headers[":path"]).path != PATH:
            self.refuse(stream, 404)
        else:
            self.opening = asyncio.ensure_future(self.open(stream))

    async def open(self, request):
        try:
            from_server, self.server = await asyncio.open_connection(http3.HOST, SESSION_PORT)
        except OSError:
            self.refuse(request, 502)
            return
        self.accept(request)
        self.carrying = asyncio.ensure_future(self.carry(from_server))

    async def carry(self, from_server):
        """Carries the server's half of the stream. The client ends the session once it has read the end."""
        try:
            while data := await from_server.read(PIECE):
                self.send(self.stream, data)
            self.send(self.stream, b"", is_end=True)
        except ConnectionError:
            self.fail()

    def received(self, stream, data, is_end):
        # The server says nothing before it has heard the client.
        self.stream = stream
        self.server.write(data)
        if is_end:
            self.server.write_eof()

    def broken(self, stream):
        if stream == self.stream:
            self.server.transport.abort()

    def ended(self):
        for task in (self.opening, self.carrying):
            if task:
                task.cancel()
        if self.server:
            self.server.transport.abort()


asyncio.run(http3.serve(Front))
