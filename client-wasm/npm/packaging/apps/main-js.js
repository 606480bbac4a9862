import { io } from "tidewire/js";
import { run } from "./app.js";

globalThis.outcome = run(io);
