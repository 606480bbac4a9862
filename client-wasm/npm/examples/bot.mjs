// A bot that answers in a room of egg's peer-to-peer example: `node bot.mjs [URL]`, in a project that has tidewire.
import { io } from "tidewire";
import { Peers } from "tidewire/peers";

const url = process.argv[2] ?? "http://127.0.0.1:7001/ptop";

const peers = new Peers(io(url, { transports: ["websocket"], query: { room: "demo", userId: "bot" } }));
peers.on("join", (id) => console.log(id, "is here, with", peers.online.length));
peers.on("leave", (id) => console.log(id, "left"));
peers.on("message", (payload, { sender }) => {
  // Another client may send anything.
  if (payload && typeof payload.msg === "string") peers.send(sender, { msg: `you said ${payload.msg}` });
});
peers.on("denied", (reason) => console.log("denied:", reason.message));
