// Tests a platform without synchronous compilation: sockets are created and used before the core is loaded.

const { Module } = WebAssembly;
const refused = [];

/** Behaves like browsers that do not compile large modules on the main thread (Chromium before 115). */
WebAssembly.Module = function (bytes) {
  if (bytes.byteLength <= 4096) return new Module(bytes);
  refused.push(bytes.byteLength);
  throw new RangeError("WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 4KB.");
};

const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));

function check(holds, what) {
  if (!holds) throw new Error(`assertion failed: ${what}`);
}

/** Resolves to the replies to events that were emitted before the core was loaded. */
export async function runLater(load, uri, options) {
  const { io } = await load();
  const socket = io(uri, { reconnection: false, ...options });
  const lab = socket.io.socket("/lab");
  const received = [];
  lab.on("echo", (n) => received.push(n));
  for (let n = 0; n < 3; n++) lab.emit("echo", n);
  const reply = socket.emitWithAck("echo", "héllo");
  const bytes = new Promise((resolve) => socket.emit("echo", Uint8Array.of(1, 2, 3), resolve));
  const last = lab.emitWithAck("echo", "end");
  check(refused.length === 1, "synchronous compilation was tried once");
  check(!socket.connected && socket.active, "the socket is not connected yet");
  check(socket.sendBuffer.length === 2 && lab.sendBuffer.length === 4, "sendBuffer has the emitted events");
  await Promise.all([next(socket, "connect"), next(lab, "connect")]);
  const text = `${await reply} ${new Uint8Array(await bytes).join()}`;
  check((await last) === "end" && received.join() === "0,1,2", `events arrive in order: ${received}`);
  // The next connection uses the loaded core.
  const another = io(uri, { forceNew: true, ...options });
  check((await another.emitWithAck("echo", 1)) === 1 && refused.length === 1, "the core is compiled once");
  another.disconnect();
  socket.disconnect();
  lab.disconnect();
  return text;
}
