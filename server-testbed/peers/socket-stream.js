// A connection of TCP as the bidirectional stream of a WebTransport session.
'use strict';

// Returns the stream. The other side's end is answered once everything before it has been read.
function streamOf(socket) {
  return {
    readable: ReadableStream.from(chunks(socket)),
    writable: new WritableStream({
      write: (chunk) => new Promise((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve()))),
      close: () => new Promise((resolve) => socket.end(resolve)),
      abort: () => socket.destroy(),
    }),
  };
}

async function* chunks(socket) {
  for await (const chunk of socket) yield new Uint8Array(chunk);
  socket.end();
}

module.exports = { streamOf };
