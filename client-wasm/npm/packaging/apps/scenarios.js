// The scenarios of test/servers in a page: all of them one after the other, over the transports that the address names.

import * as scenarios from "../../test/servers/scenarios.ts";
import { io } from "tidewire";

globalThis.Buffer = { from: (values) => Uint8Array.from(values) };

const search = new URL(location.href).searchParams;
const transports = search.get("transports").split(",");
const generation = Number(search.get("generation"));
const left = search.get("without").split(",");

const patience = (name) => new Promise((_, reject) => setTimeout(() => reject(new Error(`${name} takes too long`)), 15_000));

async function run(name, scenario) {
  const sockets = [];
  const socket = (namespace, more = {}) => {
    const made = io(location.origin + namespace, { forceNew: true, transports, ...more });
    sockets.push(made);
    return made;
  };
  try {
    await Promise.race([scenario({ generation, socket }), patience(name)]);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  } finally {
    for (const made of sockets) made.io._close();
  }
}

async function runAll() {
  const all = Object.entries(scenarios).filter(([name]) => name !== "next" && !left.includes(name));
  for (const [name, scenario] of all) await run(name, scenario);
  return `${all.length} scenarios`;
}

globalThis.outcome = runAll();
