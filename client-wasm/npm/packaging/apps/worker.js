import { io } from "tidewire";
import { run } from "./app.js";

run(io, location.origin).then(
  (said) => postMessage(said),
  (error) => postMessage(String(error)),
);
