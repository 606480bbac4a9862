import { io } from "tidewire";
import { run } from "./app.js";

globalThis.outcome = run(io);
