// The code of every app: connects, emits an event with an ack, and returns the reply.

/** Resolves to the reply of the server, including binary data. */
export function run(io, uri, options) {
  const socket = io(uri, { reconnection: false, ...options });
  return new Promise((resolve, reject) => {
    socket.on("connect_error", reject);
    socket.on("connect", async () => {
      try {
        const [text, bytes] = await echo(socket);
        resolve(`${text} ${new Uint8Array(bytes.buffer || bytes, bytes.byteOffset || 0, bytes.byteLength).join()}`);
      } catch (error) {
        reject(error);
      } finally {
        socket.disconnect();
      }
    });
  });
}

const echo = (socket) =>
  new Promise((resolve, reject) => {
    socket.timeout(5000).emit("echo", "héllo", Uint8Array.of(1, 2, 3), (error, ...reply) => (error ? reject(error) : resolve(reply)));
  });

export const EXPECTED = "héllo 1,2,3";
