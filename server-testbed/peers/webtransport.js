// WebTransport sessions for engine.io, each over a connection of TCP: engine.io itself speaks no HTTP/3, it takes sessions as objects
// (`engine.onWebTransportSession`). A front with QUIC, or a test in this process's place, connects for each session and forwards the bytes
// of its first stream.
'use strict';

const net = require('net');
const { HOST, settings } = require('./program');
const { streamOf } = require('./socket-stream');

// Prints its port once it listens.
function acceptSessions(engine) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // It rejects when a connection breaks before its first packet.
    engine.onWebTransportSession(session(socket)).catch(() => {});
  });
  server.listen(settings.sessionPort, HOST, () => console.log(`webtransport on ${server.address().port}`));
}

// Returns a session with one bidirectional stream, as far as engine.io uses it.
function session(socket) {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  const stream = streamOf(socket);
  return {
    incomingBidirectionalStreams: new ReadableStream({ start: (streams) => streams.enqueue(stream) }),
    closed,
    // What was written goes out first, as over QUIC.
    close: () => socket.end(),
  };
}

module.exports = { acceptSessions };
