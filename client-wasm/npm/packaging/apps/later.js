// Where compiling at once is refused: sockets are made and used before the core is there.

const { Module } = WebAssembly;
const refused = [];

/** As browsers do that compile nothing large on their main thread (Chromium before 115). */
WebAssembly.Module = function (bytes) {
  if (bytes.byteLength <= 4096) return new Module(bytes);
  refused.push(bytes.byteLength);
  throw new RangeError("WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 4KB.");
};

const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));

function must(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
}

/** Resolves to what the server has answered to what was emitted before there was a machine. */
export async function runLater(load, uri, options) {
  const { io } = await load();
  const socket = io(uri, { reconnection: false, ...options });
  const lab = socket.io.socket("/lab");
  const heard = [];
  lab.on("echo", (n) => heard.push(n));
  for (let n = 0; n < 3; n++) lab.emit("echo", n);
  const answer = socket.emitWithAck("echo", "héllo");
  const bytes = new Promise((resolve) => socket.emit("echo", Uint8Array.of(1, 2, 3), resolve));
  const last = lab.emitWithAck("echo", "end");
  must(refused.length === 1, "it has compiled at once");
  must(!socket.connected && socket.active, "the socket waits");
  must(socket.sendBuffer.length === 2 && lab.sendBuffer.length === 4, "what was emitted is shown");
  await Promise.all([next(socket, "connect"), next(lab, "connect")]);
  const text = `${await answer} ${new Uint8Array(await bytes).join()}`;
  must((await last) === "end" && heard.join() === "0,1,2", `in order: ${heard}`);
  // By now the core is there for the next one.
  const another = io(uri, { forceNew: true, ...options });
  must((await another.emitWithAck("echo", 1)) === 1 && refused.length === 1, "the core is compiled once");
  another.disconnect();
  socket.disconnect();
  lab.disconnect();
  return text;
}
