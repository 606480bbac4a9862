// A server that stalls, whose true latencies follow from the schedule: who tells them?
import { join } from 'node:path';

import { serve } from './process.mjs';
import { short, table } from './table.mjs';
import { ARTILLERY_2, run } from './tools.mjs';

const PERCENTS = [50, 90, 95, 99, 100];
const GAP_MS = 100;

const SIZES = {
  full: { users: 50, seconds: 40, period: 10_000, stall: 2_000 },
  quick: { users: 10, seconds: 4, period: 2_000, stall: 400 },
};

// Each user emits each 100 ms, whatever the server does.
const paced = ({ users, seconds }) => `
target = "http://127.0.0.1"
grace = "${seconds + 10}s"
[[phase]]
count = ${users}
duration = "1s"
[[scenario]]
name = "paced"
step = [{ loop = { every = "${GAP_MS}ms", times = ${(seconds * 1e3) / GAP_MS}, step = [
  { emit = "echo", args = ["hello"], ack = { wait = false } },
] } }]
`;

// Each user emits, awaits the ack, and thinks for 100 ms: artillery knows no schedule.
const thinking = ({ users, seconds }) => ({
  config: {
    phases: [{ duration: 1, arrivalCount: users }],
    socketio: { transports: ['websocket'] },
    timeout: 60,
  },
  scenarios: [
    {
      engine: 'socketio',
      flow: [
        {
          loop: [
            { emit: { channel: 'echo', data: 'hello' }, acknowledge: true },
            // A part of a second as a number is no pause in artillery 2.0.21.
            { think: `${GAP_MS}ms` },
          ],
          // It ends by itself after the same time, because a round takes longer in a stall.
          count: Math.round((seconds * 800) / GAP_MS),
        },
      ],
    },
  ],
});

/// Measures both tools, and returns the percentiles in milliseconds.
export async function accuracy({ ours, peers, quick, withArtillery }) {
  const size = quick ? SIZES.quick : SIZES.full;
  const own = await against(size, peers, (url) => run(ours, paced(size), url, 'toml'));
  const truth = schedule(own, size);
  const rows = {
    'truth, from the schedule and the stalls': Object.fromEntries(PERCENTS.map((percent) => [percent, exact(truth, percent)])),
    'tidewire-load, a schedule (`every`)': own.percentile,
  };
  const closed = await against(size, peers, (url) => run(ours, thinking(size), url));
  rows["tidewire-load, artillery's script"] = closed.percentile;
  if (withArtillery) {
    const theirs = await against(size, peers, (url) => run(ARTILLERY_2, thinking(size), url));
    rows[`${ARTILLERY_2.name}, its script`] = theirs.percentile;
  }
  show(size, rows, own, truth);
  return rows;
}

async function against({ period, stall }, peers, measure) {
  const args = [join(import.meta.dirname, 'stalling-server.mjs'), join(peers, 'package.json')];
  const env = { ...process.env, PERIOD: String(period), STALL: String(stall) };
  const server = await serve('node', args, (line) => line.match(/^listening on (\d+)/)?.[1], { env });
  try {
    const result = await measure(`http://127.0.0.1:${server.found}`);
    const stalls = server.lines.map((line) => line.match(/^stalled (\d+) (\d+)/)).filter(Boolean);
    return { ...result, stalls: stalls.map(([, from, to]) => [Number(from), Number(to)]) };
  } finally {
    await server.stop();
  }
}

// The latency of each action, from the time at which it should start: the rest of a stall, or nothing.
function schedule({ report, stalls }, { users, seconds }) {
  const latencies = [];
  for (let user = 0; user < users; user++) {
    const arrival = report.began_ms + (user * 1e3) / users;
    for (let at = arrival; at < arrival + seconds * 1e3 - GAP_MS / 2; at += GAP_MS) {
      const stall = stalls.find(([from, to]) => at >= from && at < to);
      latencies.push(stall ? stall[1] - at : 0);
    }
  }
  return latencies.sort((a, b) => a - b);
}

const exact = (sorted, percent) => sorted[Math.ceil((sorted.length * percent) / 100) - 1];

function show({ users, seconds, period, stall }, rows, own, truth) {
  console.log(
    `A server that does nothing for ${stall / 1e3} s of each ${period / 1e3} s; ${users} users with an event and its ack each ` +
      `${GAP_MS} ms, for ${seconds} s. Response times in milliseconds.\n`,
  );
  const cells = Object.entries(rows).map(([name, values]) => [name, ...PERCENTS.map((percent) => short(values[percent]))]);
  table(['', ...PERCENTS.map((percent) => (percent === 100 ? 'max' : `p${percent}`))], cells);
  const acks = own.report.series.find(({ kind, label }) => kind === 'ack' && label === '').response;
  const measured = acks.reduce((sum, [, count]) => sum + count, 0);
  console.log(`Actions due ${truth.length}, measured ${measured}.\n`);
}
