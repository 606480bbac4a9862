// The client of egg's guide, peer to peer: `node peer-to-peer.mjs [URL]`, in a project that has tidewire. It greets each client that joins after it. Only the import is another.
import { io } from "tidewire";

const url = process.argv[2] ?? "http://127.0.0.1:7001/";

const socket = io(url, {
  query: {
    room: "demo",
    userId: `client_${Math.random()}`,
  },
  transports: ["websocket"],
});

socket.on("connect", () => {
  const id = socket.id;
  console.log("#connect,", id);

  // Messages for this client are events named by its own id.
  socket.on(id, (message) => {
    console.log("#receive,", JSON.stringify(message.data), message.meta.client);
  });
});

socket.on("online", (message) => {
  console.log("#online,", message.message);
  const [, joined] = /^User\((.*)\) joined\.$/.exec(message.message) ?? [];
  if (joined && joined !== socket.id) socket.emit("exchange", { target: joined, payload: { msg: "test" } });
});

socket.on("disconnect", (reason) => {
  console.log("#disconnect,", reason);
});

socket.on("connect_error", (error) => {
  console.log("#error,", error.message);
});
