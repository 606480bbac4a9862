import { io, setCore } from "tidewire/slim";
import { run } from "./app.js";

setCore(fetch("/core.wasm"));
globalThis.outcome = run(io);
