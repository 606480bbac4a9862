import { io } from "tidewire";
import { run } from "./app.js";

run(io, location.origin).then(
  (result) => postMessage(result),
  (error) => postMessage(String(error)),
);
