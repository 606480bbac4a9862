"""HTTP/3 with WebTransport, by aioquic, under a certificate of its own. A subclass of `Connection` is a server.

Sources: RFC 9114; draft-ietf-webtrans-http3-02, the version of aioquic: one bidirectional stream of a session has the kind 0x41.
"""

import asyncio
import datetime
import hashlib
import ipaddress
import os

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.h3.connection import H3_ALPN, ErrorCode, H3Connection
from aioquic.h3.events import HeadersReceived, WebTransportStreamDataReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, ProtocolNegotiated, StreamReset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT") or 0)

# The most that browsers accept by a hash.
VALIDITY = datetime.timedelta(days=14)


class Connection(QuicConnectionProtocol):
    """A client's connection."""

    http = None

    def requested(self, stream, headers):
        """A client asks for a session, on this stream."""

    def received(self, stream, data, is_end):
        """A session's stream has data."""

    def broken(self, stream):
        """A client has reset a stream."""

    def ended(self):
        """The connection has ended."""

    def accept(self, stream):
        self.respond(stream, 200)

    def refuse(self, stream, status):
        self.respond(stream, status, is_end=True)

    def respond(self, stream, status, is_end=False):
        self.http.send_headers(stream, [(b":status", str(status).encode())], is_end)
        self.transmit()

    def send(self, stream, data, is_end=False):
        """Sends on a session's stream, or any bytes on the stream of a request."""
        self._quic.send_stream_data(stream, data, is_end)
        self.transmit()

    def fail(self):
        """Ends the connection as a server does that fails."""
        self.close(ErrorCode.H3_INTERNAL_ERROR)

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic, enable_webtransport=True)
        elif isinstance(event, StreamReset):
            self.broken(event.stream_id)
        elif isinstance(event, ConnectionTerminated):
            self.ended()
        if self.http is None:
            return
        for heard in self.http.handle_event(event):
            if isinstance(heard, HeadersReceived):
                headers = {name.decode(): value.decode() for name, value in heard.headers}
                self.requested(heard.stream_id, headers)
            elif isinstance(heard, WebTransportStreamDataReceived):
                self.received(heard.stream_id, heard.data, heard.stream_ended)


async def serve(connection):
    """Serves until it is killed. Prints `certificate <SHA-256>` and `listening on <port>`."""
    certificate, key = self_signed()
    configuration = QuicConfiguration(
        is_client=False,
        alpn_protocols=H3_ALPN,
        # HTTP/3 demands datagrams for WebTransport.
        max_datagram_frame_size=65536,
        certificate=certificate,
        private_key=key,
    )
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: QuicServer(
            configuration=configuration,
            create_protocol=connection,
            # Each client proves its address first.
            retry=bool(os.environ.get("RETRY")),
        ),
        local_addr=(HOST, PORT),
    )
    digest = hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
    print(f"certificate {digest}\nlistening on {transport.get_extra_info('sockname')[1]}", flush=True)
    await loop.create_future()


def self_signed():
    """Returns a certificate that browsers accept by its hash, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + VALIDITY)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()), key
