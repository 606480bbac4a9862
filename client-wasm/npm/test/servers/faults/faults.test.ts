/** Every script of server-testbed/faults in front of the official servers and the testbed, over each transport. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { type Peer, start } from "../peers.js";
import { runCase } from "./case.js";
import { scripts, TRANSPORTS, type Transport } from "./script.js";

/** Milliseconds, for scripts about heartbeats: long enough for a machine that is busy. */
const SHORT_PINGS = { PING_INTERVAL: "1000", PING_TIMEOUT: "3000" };

const all = scripts();
assert.ok(all.length > 25, "the folder has scripts");

for (const name of ["socketio2", "socketio4", "testbed"] as const) {
  describe(`faults in front of ${name}`, { concurrency: 12 }, () => inFrontOf(name));
}

function inFrontOf(name: "socketio2" | "socketio4" | "testbed"): void {
  let patient: Peer;
  let impatient: Peer;
  before(async () => {
    [patient, impatient] = await Promise.all([start(name), start(name, SHORT_PINGS)]);
  });
  after(() => {
    patient.stop();
    impatient.stop();
  });

  for (const script of all) {
    for (const transport of Object.keys(TRANSPORTS) as Transport[]) {
      test(`${script.name} over ${transport}: ${script.sees[transport]}`, { timeout: 60_000 }, async () => {
        const server = script.hasShortTimes ? impatient : patient;
        await runCase(server.url, script, transport);
      });
    }
  }
}
