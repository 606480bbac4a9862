// Serves the built site with a testbed behind it: `node scripts/serve.mjs <folder> <testbed program> [<port>]`, by default at http://localhost:8080.

import { spawn } from "node:child_process";

import { serve } from "../../client-wasm/npm/packaging/site.mjs";

const [folder, program, port = "8080"] = process.argv.slice(2);

const testbed = spawn(program, ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
testbed.on("error", ({ message }) => fail(`the testbed does not start: ${message}`));
testbed.on("exit", (code) => fail(`the testbed ended with status ${code}`));
process.on("exit", () => testbed.kill());
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit());

try {
  // The playground then offers the server behind its page.
  const change = (html) => html.replace('data-server=""', 'data-server="here"');
  await serve(folder, await portOf(testbed), { port: Number(port), change });
  console.log(`listening on http://localhost:${port}, with a testbed behind it (Ctrl-C ends both)`);
} catch ({ code, message }) {
  fail(code === "EADDRINUSE" ? `port ${port} is in use: choose another one, as in \`cargo xtask site --serve --port 8081\`` : message);
}

async function portOf({ stdout }) {
  let text = "";
  for await (const part of stdout) {
    const [, found] = /listening on (\d+)/.exec((text += part)) || [];
    if (found) return found;
  }
  throw new Error(`the testbed has not said its port: ${text}`);
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}
