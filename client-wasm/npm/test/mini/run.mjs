// The packed package in every imitated host, against every server, by every route: prints the table. `node test/mini/run.mjs <part of a
// platform's name>` runs some of them. Needs dist/, the packages of server-testbed/peers and the testbed; `cargo xtask mini` builds them.

import { requireDist } from "../../scripts/built.mjs";
import { PROFILES } from "./host/facts.mjs";
import { MiniHost } from "./host/host.mjs";
import { labFor, runScenario } from "./lab.mjs";
import { createProject } from "./project.mjs";
import { SERVERS, startServer } from "./servers.mjs";

const ROUTES = {
  websocket: { transports: ["websocket"] },
  polling: { transports: ["polling"] },
  upgrade: { transports: ["polling", "websocket"] },
};

const platforms = Object.keys(PROFILES).filter((name) => name.includes(process.argv[2] ?? ""));
requireDist();
const project = await createProject();
const failures = [];
const rows = new Map();

async function runOn(server, name, platform) {
  const host = new MiniHost(platform, project.root);
  try {
    const { scenarios, tidewire } = host.require("./scenarios.js");
    const cells = [];
    for (const [route, options] of Object.entries(ROUTES)) {
      let passed = 0;
      for (const [title, scenario] of Object.entries(scenarios)) {
        try {
          await runScenario(host, labFor(host, server, options), scenario);
          passed++;
        } catch (error) {
          failures.push(`${platform}, ${name}, ${route}, ${title}: ${error.stack ?? error}`);
        }
      }
      cells.push(`${passed}/${Object.keys(scenarios).length}`);
    }
    const { kind } = tidewire.coreState();
    const expected = host.profile.wasm ? "wasm" : "js";
    if (kind !== expected) failures.push(`${platform}, ${name}: the core runs as ${kind}: ${tidewire.coreState().errors}`);
    rows.set(`${platform} ${name}`, [platform, name, kind, ...cells]);
  } finally {
    host.stop();
  }
}

async function runServer(name) {
  const server = await startServer(name);
  try {
    for (const platform of platforms) await runOn(server, name, platform);
  } finally {
    await server.stop();
  }
}

const print = (cells) =>
  console.log(
    cells
      .map((cell) => String(cell).padEnd(17))
      .join("")
      .trimEnd(),
  );

try {
  await Promise.all(Object.keys(SERVERS).map(runServer));
} finally {
  project.remove();
}
print(["platform", "server", "core", ...Object.keys(ROUTES)]);
for (const platform of platforms) for (const name of Object.keys(SERVERS)) print(rows.get(`${platform} ${name}`) ?? [platform, name, "did not run"]);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length ? 1 : 0;
