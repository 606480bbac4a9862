// Measures tidewire-load: `cargo xtask bench load` builds everything and starts it.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { accuracy } from './accuracy.mjs';
import { idle } from './idle.mjs';
import { tidewireLoad } from './tools.mjs';
import { trickle } from './trickle.mjs';
import { versus } from './versus.mjs';

const PARTS = { versus, accuracy, trickle, idle };

const { values } = parseArgs({
  options: {
    program: { type: 'string' },
    testbed: { type: 'string' },
    only: { type: 'string', default: Object.keys(PARTS).join(',') },
    quick: { type: 'boolean', default: false },
    'without-artillery': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

const context = {
  ours: tidewireLoad(values.program),
  program: values.program,
  testbed: values.testbed,
  peers: join(import.meta.dirname, '../../../server-testbed/peers'),
  quick: values.quick,
  withArtillery: !values['without-artillery'],
};

const model = readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)?.[1] ?? 'unknown processor';
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${model}), Node ${process.versions.node}; the server runs on the same machine.\n`);

const results = {};
for (const name of values.only.split(',')) results[name] = await PARTS[name](context);
if (values.json) writeFileSync(values.json, JSON.stringify(results, null, 2));
// The one result that is right or wrong, whatever the machine does.
if (results.trickle?.some(({ isWhole }) => !isWhole)) {
  console.error('error: an event or a connection was lost');
  process.exitCode = 1;
}
