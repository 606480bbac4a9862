// Sends requests over connections that may be reused; the server resets every other one. `runtimes.mjs` counts what arrives.

import { NodeXHR } from "tidewire";

const ask = (body) =>
  new Promise((resolve) => {
    const done = () => resolve();
    new NodeXHR(process.argv[2], {}, { opened() {}, received: done, lost: done }, body);
  });

for (const body of [undefined, "42", undefined, undefined]) await ask(body);
process.exit();
