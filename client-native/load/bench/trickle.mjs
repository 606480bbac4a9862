// Many idle users with a trickle of events, of each version: nothing may be lost.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { measure, serve } from './process.mjs';
import { short, table } from './table.mjs';

const SIZES = {
  full: { users: 5_000, seconds: 60, every: 10 },
  quick: { users: 100, seconds: 4, every: 1 },
};

/// Runs the users of both versions against the testbed. Returns the rows; `isWhole` says whether nothing was lost.
export async function trickle({ program, testbed, quick }) {
  const size = quick ? SIZES.quick : SIZES.full;
  const rows = [];
  for (const engine of [3, 4]) rows.push(await run(program, testbed, engine, size));
  show(size, rows);
  return rows;
}

async function run(program, testbed, engine, { users, seconds, every }) {
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-load-bench-'));
  const find = (line) => line.match(/^listening on (\d+)/)?.[1];
  const server = await serve(testbed, ['--port', '0'], find);
  try {
    const output = join(folder, 'report.json');
    const args = [`http://127.0.0.1:${server.found}/lab`, '--engine', engine, '--users', users, '--for', `${seconds}s`, '--emit', 'echo'];
    args.push('--args', '["hello"]', '--every', `${every}s`, '--plain', '--json', output);
    const measured = await measure(program, args.map(String));
    if (measured.code !== 0) throw new Error(`tidewire-load has failed:\n${measured.output}`);
    const report = JSON.parse(readFileSync(output, 'utf8'));
    return { engine, ...facts(report, users), cpu: measured.cpu, memory: measured.memory };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

function facts({ counters, rows, series, engine_version: version }, users) {
  const lost = counters.emitted - counters.acked - counters.acks_cut_off;
  const held = Math.max(...rows.map(({ connections }) => connections));
  const connect = series.find(({ kind, label }) => kind === 'connect' && label === '').response;
  const problems = counters.errors + counters.disconnects + lost;
  return {
    version,
    held,
    emitted: counters.emitted,
    acked: counters.acked,
    cutOff: counters.acks_cut_off,
    problems,
    connects: connect.reduce((sum, [, count]) => sum + count, 0),
    isWhole: problems === 0 && held === users && counters.connected === users,
  };
}

function show({ users, seconds, every }, rows) {
  console.log(`${users.toLocaleString('en')} users for ${seconds} s against the testbed, each with an event and its ack each ${every} s.\n`);
  table(
    ['Engine.IO', 'connected at once', 'emitted', 'acked', 'awaited at the end', 'errors and losses', 'CPU, s', 'memory, MiB', 'per user, KiB'],
    rows.map((it) => [
      it.version,
      it.held.toLocaleString('en'),
      it.emitted.toLocaleString('en'),
      it.acked.toLocaleString('en'),
      it.cutOff,
      it.problems,
      short(it.cpu),
      short(it.memory / (1 << 20)),
      short(it.memory / 1024 / it.held),
    ]),
  );
}
