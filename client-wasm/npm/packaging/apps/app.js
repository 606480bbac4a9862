// What every app does: connects, asks, and says what came of it.

/** Resolves to what the server has answered, binary among it. */
export function run(io, uri, options) {
  const socket = io(uri, { reconnection: false, ...options });
  return new Promise((resolve, reject) => {
    socket.on("connect_error", reject);
    socket.on("connect", async () => {
      try {
        const [text, bytes] = await ask(socket);
        resolve(`${text} ${new Uint8Array(bytes.buffer || bytes, bytes.byteOffset || 0, bytes.byteLength).join()}`);
      } catch (error) {
        reject(error);
      } finally {
        socket.disconnect();
      }
    });
  });
}

const ask = (socket) =>
  new Promise((resolve, reject) => {
    socket.timeout(5000).emit("echo", "héllo", Uint8Array.of(1, 2, 3), (error, ...answer) => (error ? reject(error) : resolve(answer)));
  });

export const EXPECTED = "héllo 1,2,3";
