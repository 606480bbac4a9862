import { io } from "tidewire";
import { run } from "./app.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  const reply = run(io, location.origin).then(String, String);
  event.waitUntil(reply.then((result) => event.source.postMessage(result)));
});
