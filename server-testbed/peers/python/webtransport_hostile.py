"""A WebTransport server on aioquic that attacks its clients, below Engine.IO.

`attack` in the query of a client is one of `OPENINGS`, which takes the place of the response, or of `ATTACKS`, which follows the event
`attack`. Up to then, the server speaks as much Engine.IO and Socket.IO as a client needs to connect.
"""

import asyncio
from urllib.parse import parse_qsl, urlsplit

import http3

HANDSHAKE = '0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
# The types of HTTP/3's frames and streams (RFC 9114, 11.2), as the bytes of their integers.
DATA, HEADERS, CANCEL_PUSH, SETTINGS, PUSH_PROMISE, GOAWAY = b"\x00", b"\x01", b"\x03", b"\x04", b"\x05", b"\x07"
CONTROL_STREAM, PUSH_STREAM, WEBTRANSPORT_STREAM = b"\x00", b"\x01", b"\x40\x54"
# A type that has no meaning (RFC 9114, 7.2.8).
RESERVED = b"\x21"
LONGEST = b"\xff" * 8
# The capsule that closes a session (draft-ietf-webtrans-http3, 5).
CLOSE_SESSION = b"\x68\x43"


def varint(value):
    return (value | 0x8000_0000).to_bytes(4, "big")


def frame(kind, content=b""):
    return kind + varint(len(content)) + content


def capsule(kind, content):
    return kind + varint(len(content)) + content


class Hostile(http3.Connection):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.attack = None
        self.request = None
        self.stream = None
        self.read = b""

    def requested(self, stream, headers):
        self.request = stream
        self.attack = dict(parse_qsl(urlsplit(headers[":path"]).query)).get("attack")
        OPENINGS.get(self.attack, lambda self: self.accept(stream))(self)

    def received(self, stream, data, is_end):
        self.stream = stream
        self.read += data
        # The client's frames are short here: a byte is their head.
        while self.read and len(self.read) > self.read[0]:
            size = 1 + self.read[0]
            text, self.read = self.read[1:size].decode(), self.read[size:]
            self.heard(text)

    def heard(self, text):
        if text == "0":
            self.say(HANDSHAKE)
        elif text == "40":
            self.say('40{"sid":"socket"}')
        elif text == '42["attack"]':
            ATTACKS[self.attack](self)
        elif text.startswith("42["):
            self.say(text)

    def say(self, text):
        self.send(self.stream, self.packet(text))

    @staticmethod
    def packet(text):
        size = len(text)
        return (bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")) + text.encode()

    def done(self):
        self.say('42["done"]')

    def answer(self, data, is_end=False):
        """Sends on the stream of the request."""
        self.send(self.request, data, is_end)

    def control(self, data):
        # It has no public name.
        self.send(self.http._local_control_stream_id, data)

    def open(self, data, is_end=False):
        """Opens a unidirectional stream."""
        self.send(self._quic.get_next_available_stream_id(is_unidirectional=True), data, is_end)

    def reset(self, stream, code=0):
        self._quic.reset_stream(stream, code)
        self.transmit()

    def stop(self, stream, code=0):
        self._quic.stop_stream(stream, code)
        self.transmit()

    def half_a_packet(self):
        self.send(self.stream, b"\x7e\x03\xe842[\"half")

    def flood(self, send):
        """Sends 4 MB in frames that a client ignores (RFC 9114, 7.2.8)."""
        for _ in range(1_000):
            send(frame(RESERVED, bytes(4_000)))

    def headers(self, headers):
        self.http.send_headers(self.request, [(b":status", b"200"), *headers])
        self.transmit()

    def close_in_pieces(self):
        """A capsule may lie in any number of frames (RFC 9297, 3.2)."""
        for byte in capsule(CLOSE_SESSION, b"\x00\x00\x00\x07bye"):
            self.answer(frame(DATA, bytes([byte])))
        self.answer(b"", is_end=True)

    def datagrams(self, data):
        for number in range(5_000):
            self._quic.send_datagram_frame(data)
            # Some at a time, or they are one burst that the network drops.
            if number % 50 == 0:
                self.transmit()
        self.transmit()
        self.done()

    def streams(self, head):
        """More streams than a client accepts, each with as much as it takes, and no end."""
        for _ in range(200):
            self.open(head + bytes(100_000))
        self.done()


OPENINGS = {
    "status-404": lambda self: self.refuse(self.request, 404),
    "status-403": lambda self: self.refuse(self.request, 403),
    "status-302": lambda self: self.refuse(self.request, 302),
    "status-500": lambda self: self.refuse(self.request, 500),
    "huge-headers": lambda self: self.headers([(b"x", b"y" * 60_000)] * 16),
    "many-headers": lambda self: self.headers([(b"x%d" % number, b"y") for number in range(10_000)]),
    "longest-headers": lambda self: self.answer(HEADERS + LONGEST),
    "endless-headers": lambda self: self.flood(self.answer),
    "no-status": lambda self: self.answer(frame(HEADERS, b"\x00\x00")),
    "early-reset": lambda self: self.reset(self.request, 0x10B),
    "early-stop": lambda self: self.stop(self.request, 0x10B),
    "early-end": lambda self: self.answer(b"", is_end=True),
    "early-close": lambda self: self.close(0x100, "full"),
    "excessive-load": lambda self: self.close(0x107, "too many"),
    "early-goaway": lambda self: (self.control(frame(GOAWAY, b"\x00")), self.accept(self.request)),
}

ATTACKS = {
    # The client ignores these.
    "datagrams": lambda self: self.datagrams(b"\x00data"),
    "foreign-datagrams": lambda self: self.datagrams(b"\xbf\xff\xff\xffdata"),
    "streams": lambda self: self.streams(WEBTRANSPORT_STREAM + b"\x00"),
    "foreign-streams": lambda self: self.streams(WEBTRANSPORT_STREAM + b"\x04"),
    "reserved-streams": lambda self: self.streams(RESERVED),
    "reserved-frames": lambda self: (self.flood(self.control), self.done()),
    "frames-of-the-request": lambda self: (self.flood(self.answer), self.done()),
    "unknown-capsule": lambda self: (self.answer(frame(DATA, capsule(b"\x80\x00\x78\xae", b""))), self.done()),
    "trailers": lambda self: (self.answer(frame(HEADERS, b"\x00\x00")), self.done()),
    "stop-request": lambda self: (self.stop(self.request, 7), self.done()),
    "migration": lambda self: (self.change_connection_id(), self.request_key_update(), self.done()),
    # HTTP/3 permits these. wtransport 0.7.2 does not know them.
    "goaway": lambda self: self.control(frame(GOAWAY, b"\x00")),
    "short-goaway": lambda self: self.control(GOAWAY + b"\x01\x00"),
    "large-reserved-frame": lambda self: self.control(frame(RESERVED, bytes(10_000))),
    # These break HTTP/3, or are too long.
    "settings": lambda self: self.control(frame(SETTINGS)),
    "huge-settings": lambda self: self.control(frame(SETTINGS, bytes(100_000))),
    "longest-settings": lambda self: self.control(SETTINGS + LONGEST),
    "cancel-push": lambda self: self.control(frame(CANCEL_PUSH, b"\x00")),
    "second-control": lambda self: self.open(CONTROL_STREAM + frame(SETTINGS)),
    "push": lambda self: self.open(PUSH_STREAM + b"\x00"),
    "longest-data": lambda self: self.answer(DATA + LONGEST),
    "longest-reserved": lambda self: self.answer(RESERVED + LONGEST),
    "reset-control": lambda self: self.reset(self.http._local_control_stream_id),
    "reset-encoder": lambda self: self.reset(self.http._local_encoder_stream_id),
    "reset-request": lambda self: self.reset(self.request, 0x10C),
    "empty-datagram": lambda self: (self._quic.send_datagram_frame(b""), self.transmit()),
    "longest-packet": lambda self: self.send(self.stream, b"\x7f" + LONGEST),
    # These end the session.
    "end-request": lambda self: self.answer(b"", is_end=True),
    "reset-amid-a-packet": lambda self: (self.half_a_packet(), self.reset(self.stream, 7)),
    "end-amid-a-packet": lambda self: (self.half_a_packet(), self.send(self.stream, b"", is_end=True)),
    "close-amid-a-packet": lambda self: (self.half_a_packet(), self.close(0x100, "restarting")),
    "stop": lambda self: self.stop(self.stream, 7),
    "capsule": lambda self: self.answer(frame(DATA, capsule(CLOSE_SESSION, b"\x00\x00\x01\x02bye")), is_end=True),
    "capsule-in-pieces": Hostile.close_in_pieces,
    "close": lambda self: self.close(7, "bye"),
    "no-error": lambda self: self.close(0x100),
    "internal-error": lambda self: self.close(0x102, "a bug"),
    "longest-close": lambda self: self.close((1 << 62) - 1, "x" * 1_000),
    "quic-error": lambda self: (self._quic.close(0x0A, 0x08, "\x1b[2Ja bug\n" + "x" * 1_000), self.transmit()),
}

asyncio.run(http3.serve(Hostile))
