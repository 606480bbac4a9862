// Runs the scenarios of test/servers in a page, over the transports in its URL.

import * as scenarios from "../../test/servers/scenarios.ts";
import { io } from "tidewire";
import { runAll } from "./scenarios.js";

globalThis.Buffer = { from: (values) => Uint8Array.from(values) };

const search = new URL(location.href).searchParams;

globalThis.outcome = runAll({
  scenarios,
  skipped: search.get("without").split(","),
  io,
  url: location.origin,
  engineVersion: search.get("engineVersion"),
  transports: search.get("transports").split(","),
});
