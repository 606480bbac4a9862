// The same script and the same server: how many users, at which cost.
import { join } from 'node:path';

import { serve } from './process.mjs';
import { short, table } from './table.mjs';
import { ARTILLERY_1, ARTILLERY_2, run } from './tools.mjs';

const MIB = 1 << 20;
// A generator that takes longer than this, as a part of the time that the script needs, does not hold its users.
const MOST_TIME = 1.25;

const SIZES = {
  full: { ladder: [500, 1_000, 2_000, 4_000, 8_000], arriving: 8, rounds: 15 },
  quick: { ladder: [20, 40], arriving: 1, rounds: 2 },
};

// Both versions of artillery read their own place of `acknowledge`; tidewire-load reads both.
const script = (users, arriving, rounds) => ({
  config: {
    phases: [{ duration: arriving, arrivalCount: users }],
    socketio: { transports: ['websocket'] },
    timeout: 60,
  },
  scenarios: [
    {
      engine: 'socketio',
      flow: [
        {
          loop: [{ emit: { channel: 'echo', data: 'hello', acknowledge: {} }, acknowledge: true }, { think: 1 }],
          count: rounds,
        },
      ],
    },
  ],
});

/// Measures all tools against socket.io 4.8.4 and 2.5.1. Returns the rows by server.
export async function versus({ ours, peers, quick, withArtillery }) {
  const size = quick ? SIZES.quick : SIZES.full;
  const results = {};
  for (const [folder, server, rival] of [
    ['socketio4', 'socket.io 4.8.4', ARTILLERY_2],
    ['socketio2', 'socket.io 2.5.1', ARTILLERY_1],
  ]) {
    results[server] = {};
    for (const tool of withArtillery ? [rival, ours] : [ours]) {
      results[server][tool.name] = await ladder(tool, join(peers, folder, 'server.js'), peers, size);
    }
    show(server, size, results[server]);
  }
  return results;
}

async function ladder(tool, file, peers, { ladder: steps, arriving, rounds }) {
  const rows = [];
  // One user for one second: the start and the end of the program. The first start also reads it from the disk.
  await step(tool, file, peers, script(1, 1, 1));
  const alone = await step(tool, file, peers, script(1, 1, 1));
  const own = Math.max(alone.seconds - 1, 0);
  for (const users of steps) {
    const result = await step(tool, file, peers, script(users, arriving, rounds));
    const took = result.seconds - own;
    const isHeld = result.completed === users && result.errors === 0 && took <= (arriving + rounds) * MOST_TIME;
    const cpu = Math.max(result.cpu - alone.cpu, 0.01);
    rows.push({
      users,
      isHeld,
      cpu,
      serverCpu: result.serverCpu,
      perCore: (users * rounds) / cpu,
      memory: result.memory,
      perUser: (result.memory - alone.memory) / users,
      took,
      p95: result.percentile[95],
      completed: result.completed,
      errors: result.errors,
    });
    const { completed, errors } = result;
    console.error(`${tool.name}: ${users} users, ${completed} completed, ${errors} errors, ${short(cpu)} s of CPU`);
    if (!isHeld) break;
  }
  return rows;
}

// Each step has a server of its own.
async function step(tool, file, peers, content) {
  const server = await serve('node', [file], (line) => line.match(/^listening on (\d+)/)?.[1], { cwd: peers });
  try {
    const result = await run(tool, content, `http://127.0.0.1:${server.found}`);
    return { ...result, serverCpu: server.cpu() };
  } finally {
    await server.stop();
  }
}

function show(server, { arriving, rounds }, tools) {
  console.log(`Against ${server}: users arrive in ${arriving} s; each emits ${rounds} times, awaits the ack, and thinks for 1 s.\n`);
  const rows = Object.entries(tools).flatMap(([name, steps]) =>
    steps.map((it) => [
      name,
      it.users.toLocaleString('en'),
      it.isHeld ? 'yes' : `no: ${it.completed} completed, ${it.errors} errors`,
      short(it.took),
      short(it.cpu),
      short(it.perCore),
      short(it.memory / MIB),
      short(it.perUser / 1024),
      short(it.p95),
      short(it.serverCpu),
    ]),
  );
  table(
    ['generator', 'users', 'held', 'time, s', 'CPU, s', 'acks per CPU second', 'memory, MiB', 'per user, KiB', 'ack p95, ms', 'CPU of the server, s'],
    rows,
  );
  const [rival, own] = Object.values(tools);
  if (!own) return;
  const held = (steps) => steps.findLast((it) => it.isHeld);
  const common = own.findLast((it) => it.isHeld && rival.some(({ users, isHeld }) => isHeld && users === it.users));
  if (!common) return;
  const theirs = rival.find(({ users }) => users === common.users);
  console.log(
    `Users held: ${short(held(own).users / held(rival).users)} times as many. With ${common.users} users: ` +
      `${short(common.perCore / theirs.perCore)} times the acks per CPU second, ` +
      `${short(theirs.perUser / common.perUser)} times less memory for each user.\n`,
  );
}
