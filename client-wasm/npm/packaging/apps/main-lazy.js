import { io } from "tidewire/lazy";
import { run } from "./app.js";

globalThis.outcome = run(io);
