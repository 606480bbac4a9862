// A page to try a server: connects, shows the state and the events, and sends.

const LOG_LINES = 500;

const at = (id) => document.getElementById(id);
let socket;

function show(phase, text) {
  at("phase").dataset.phase = phase;
  at("phase").textContent = text;
  at("id").textContent = socket?.id || "–";
  at("transport").textContent = socket?.io.engine?.transport?.name || "–";
  at("version").textContent = { eio3: "socket.io 2.x", eio4: "socket.io 3.x or 4.x" }[socket?.io.engineVersion()] || "–";
  at("buffered").textContent = socket?.sendBuffer.length || 0;
  at("disconnect").disabled = !socket?.active;
}

/** Returns a value for JSON, which has neither bytes nor errors. */
function readable(value) {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (Array.isArray(value)) return value.map(readable);
  if (value instanceof Error) return String(value);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, readable(field)]));
  return value;
}

function log(mark, event, args) {
  const row = at("log").insertRow(0);
  const time = new Date().toLocaleTimeString();
  for (const text of [time, mark, event, args.map((value) => JSON.stringify(readable(value))).join(", ")]) row.insertCell().textContent = text;
  if (at("log").rows.length > LOG_LINES) at("log").deleteRow(LOG_LINES);
}

function connect(fields) {
  // Text that is not JSON leaves the current connection as it is.
  const auth = fields.auth ? JSON.parse(fields.auth) : undefined;
  socket?.disconnect();
  socket = io(fields.address, { path: fields.path, transports: fields.transports.split(","), auth, forceNew: true });
  socket.on("connect", () => {
    show("connected", "connected");
    log("•", "connect", [socket.id]);
    socket.io.engine.on("upgrade", () => show("connected", "connected"));
  });
  socket.on("connect_error", (error) => {
    show(socket.active ? "busy" : "failed", socket.active ? "reconnecting" : "refused");
    log("!", "connect_error", [error.message, error.data].filter((value) => value !== undefined));
    if (error.message === "xhr poll error") log("!", "", ["Is the server there? One that does not allow this page (CORS) accepts WebSocket only."]);
  });
  socket.on("disconnect", (reason) => {
    show(socket.active ? "busy" : "idle", socket.active ? "reconnecting" : "not connected");
    log("•", "disconnect", [reason]);
  });
  socket.io.on("reconnect_attempt", (attempt) => log("•", "reconnect_attempt", [attempt]));
  socket.onAny((event, ...args) => log("←", event, args.map((value) => (typeof value === "function" ? "(expects an ack)" : value))));
  show("busy", "connecting");
}

function send({ event, arguments: text, ack }) {
  if (!socket) throw new Error("Not connected: press Connect first.");
  const args = JSON.parse(text);
  if (!Array.isArray(args)) throw new Error("The arguments must be a JSON array, such as [\"hello\", 1].");
  log("→", event, args);
  if (ack) socket.timeout(10_000).emit(event, ...args, (error, ...values) => log("↩", event, error ? [error] : values));
  else socket.emit(event, ...args);
  at("buffered").textContent = socket.sendBuffer.length;
}

function onSubmit(id, act) {
  at(id).addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    try {
      act(Object.fromEntries(new FormData(submitted.target)));
    } catch (error) {
      log("!", id, [error.message]);
    }
  });
}

onSubmit("connect", connect);
onSubmit("send", send);
at("disconnect").addEventListener("click", () => {
  socket.disconnect();
  show("idle", "not connected");
});
