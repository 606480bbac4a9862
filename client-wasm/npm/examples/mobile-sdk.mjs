// A client of mobile-sdk: `node mobile-sdk.mjs URL KEY [SOCKET_ID USER_ID]`, in a project that has tidewire. It sends a note to the client with the given ids, and answers the
// notes that it receives. Its user id outlives a reconnect.
import { io } from "tidewire";
import { sign } from "tidewire/envelope";
import { Peers } from "tidewire/peers";

const [url, key, socketId, userId] = process.argv.slice(2);
let target = socketId && { socketId, userId };

const peers = new Peers(io(url, { reconnectionDelay: 100 }), {
  app: "signatureApp",
  // The key is this program's own. A page asks its server for each signature instead.
  sign: ({ app, timestamp }) => sign(app, key, timestamp),
});

peers.on("registered", (ids) => {
  console.log("registered:", ids.socketId, ids.userId);
  peers.request("requestId");
  // mobile-sdk does not tell the sender, so the sender tells it.
  if (target) peers.send(target, { text: "hello", from: ids });
  target = undefined;
});

peers.on("message", (payload) => {
  const { text, from } = payload ?? {};
  console.log("message:", text);
  if (from) peers.send(from, { text: `you said ${text}` });
});

peers.on("denied", (reason) => console.log("denied:", reason));
