// A short conversation with a server, in steps: the same in Node, in a page and in a mini-program.
//
// `client-native/matrix/src/conversation.rs` is its counterpart in Rust.

const next = (socket, event) =>
  new Promise((resolve, reject) => {
    socket.once(event, (...args) => resolve(args));
    if (event !== "disconnect") socket.once("disconnect", (reason) => reject(new Error(`disconnected, ${reason}`)));
  });

function equal(actual, expected) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} and not ${b}`);
}

const bytesOf = (value) => Array.from(new Uint8Array(value));

const emitWithAck = (socket, ...args) => new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer)));

async function connected(socket) {
  if (socket.connected) return;
  const refused = next(socket, "connect_error").then(([error]) => Promise.reject(error));
  await Promise.race([new Promise((resolve) => socket.once("connect", resolve)), refused]);
}

const STEPS = {
  /** A second namespace on the connection. */
  async namespace(talk) {
    talk.socket = talk.root.io.socket("/lab");
    await connected(talk.socket);
  },

  async events({ socket }) {
    const sent = ["é中😀", 1.5, { deep: [null, true] }];
    const echo = next(socket, "echo");
    socket.emit("echo", sent, "second");
    equal(await echo, [sent, "second"]);
  },

  async acks({ socket }) {
    equal(await emitWithAck(socket, "echo", "acked"), ["acked"]);
  },

  /** The server asks for an ack. */
  async answers({ socket }) {
    socket.once("question", (text, answer) => answer(`${text}?`, new Uint8Array([9]).buffer));
    const answered = next(socket, "answered");
    socket.emit("question", "why");
    const [text, bytes] = await answered;
    equal([text, bytesOf(bytes)], ["why?", [9]]);
  },

  async binary({ socket }) {
    const echo = next(socket, "echo");
    socket.emit("echo", new Uint8Array([0, 30, 255]).buffer, [new Uint8Array([7]).buffer], "text");
    const [bare, [deep], text] = await echo;
    equal([bytesOf(bare), bytesOf(deep), text], [[0, 30, 255], [7], "text"]);
  },

  /** An Echo channel: the server answers an event by an event. */
  async channel({ socket }) {
    const subscribed = next(socket, "presence:subscribed");
    const channel = `presence-${socket.id}`;
    socket.emit("subscribe", { channel, auth: { headers: { Authorization: "Bearer user-7" } } });
    const [name] = await subscribed;
    equal(name, channel);
  },

  async kick({ socket }) {
    const left = next(socket, "disconnect");
    socket.emit("kick");
    await left;
    const back = connected(socket);
    socket.connect();
    await back;
  },

  async cut({ socket, cell }) {
    const lost = next(socket, "disconnect");
    const back = lost.then(() => new Promise((resolve) => socket.once("connect", resolve)));
    cell.cut();
    await back;
    await prove({ socket, cell });
  },
};

/** Makes sure that the server answers. */
const prove = (talk) => STEPS[talk.cell.steps.includes("channel") ? "channel" : "acks"](talk);

/** Resolves when the connection has its last transport, of two. The official client 2.5.0 tells it on its engine, too. */
const upgraded = ({ io }, { transports }) =>
  transports.length < 2 || io.engine.transport.name !== "polling" ? undefined : new Promise((resolve) => io.engine.once("upgrade", resolve));

/** The option for a server whose certificate for WebTransport has that hash. */
function trusting(certificate) {
  const value = Uint8Array.from(certificate.match(/../g), (byte) => Number.parseInt(byte, 16));
  return { transportOptions: { webtransport: { serverCertificateHashes: [{ algorithm: "sha-256", value }] } } };
}

/** The options of a client, whose package is `client`. */
const optionsOf = (client, { transports, version, certificate }) => ({
  forceNew: true,
  reconnectionDelay: 50,
  reconnectionDelayMax: 50,
  // A page lists the class.
  transports: transports.map((name) => ((name === "webtransport" && client.WebTransport) || name)),
  ...(version && { engineVersion: version }),
  ...(certificate && trusting(certificate)),
});

/**
 * Runs the steps of `cell` with a client: its `url`, `transports`, `steps`, `version` and `certificate`, `begin(step)`, and `cut()`, which cuts
 * the connection.
 */
export async function converse(client, cell) {
  cell.begin("connect");
  const root = client.io(cell.url, optionsOf(client, cell));
  try {
    await connected(root);
    await upgraded(root, cell);
    const talk = { root, socket: root, cell };
    for (const step of cell.steps) {
      cell.begin(step);
      await STEPS[step](talk);
    }
  } finally {
    (root.io._close || root.io.close).call(root.io);
  }
}
