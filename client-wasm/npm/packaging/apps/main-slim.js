import { io, useCore } from "tidewire/slim";
import { run } from "./app.js";

useCore(fetch("/core.wasm"));
globalThis.outcome = run(io);
