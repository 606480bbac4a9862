// The scenarios of test/servers in a page, over the transports that the address names.

import * as scenarios from "../../test/servers/scenarios.ts";
import { io } from "tidewire";
import { runAll } from "./scenarios.js";

globalThis.Buffer = { from: (values) => Uint8Array.from(values) };

const search = new URL(location.href).searchParams;

globalThis.outcome = runAll({
  scenarios,
  left: search.get("without").split(","),
  io,
  url: location.origin,
  engineVersion: search.get("engineVersion"),
  transports: search.get("transports").split(","),
});
