import { io } from "tidewire";
import { run } from "./app.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  const answer = run(io, location.origin).then(String, String);
  event.waitUntil(answer.then((said) => event.source.postMessage(said)));
});
