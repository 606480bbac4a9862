// The load generators, behind one face: they run the same script, and tell the same facts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { measure } from './process.mjs';

const HERE = import.meta.dirname;
const ENV = { ...process.env, ARTILLERY_DISABLE_TELEMETRY: 'true' };

export const ARTILLERY_2 = {
  name: 'artillery 2.0.21',
  command: ['node', join(HERE, 'node_modules/artillery/bin/run'), 'run'],
  output: '--output',
  read({ aggregate: { counters, summaries } }) {
    const errors = Object.entries(counters).filter(([name]) => name.startsWith('errors.'));
    const latency = summaries['socketio.response_time'] ?? {};
    return {
      started: counters['vusers.created'] ?? 0,
      completed: counters['vusers.completed'] ?? 0,
      errors: errors.reduce((sum, [, count]) => sum + count, 0),
      percentile: { 50: latency.median, 90: latency.p90, 95: latency.p95, 99: latency.p99, 100: latency.max },
    };
  },
};

export const ARTILLERY_1 = {
  name: 'artillery 1.7.9',
  command: ['node', join(HERE, 'node_modules/artillery-1/bin/artillery'), 'run'],
  output: '--output',
  read({ aggregate: { scenariosCreated, scenariosCompleted, errors, latency } }) {
    return {
      started: scenariosCreated,
      completed: scenariosCompleted,
      errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
      percentile: { 50: latency.median, 95: latency.p95, 99: latency.p99, 100: latency.max },
    };
  },
};

/// `program` is the path of tidewire-load.
export function tidewireLoad(program) {
  return {
    name: 'tidewire-load',
    command: [program, 'run'],
    output: '--json',
    read(report) {
      const response = report.series.find(({ kind, label }) => kind === 'ack' && label === '')?.response ?? [];
      return {
        started: report.counters.users_started,
        completed: report.counters.users_completed,
        errors: report.counters.errors + report.counters.disconnects,
        percentile: Object.fromEntries([50, 90, 95, 99, 100].map((percent) => [percent, percentile(response, percent)])),
        report,
      };
    },
  };
}

/// Runs a script against a server. `content` is a text, or artillery's script as an object.
export async function run(tool, content, url, ending = 'yml') {
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-load-bench-'));
  try {
    const [script, output] = [join(folder, `script.${ending}`), join(folder, 'output.json')];
    // JSON is YAML.
    writeFileSync(script, typeof content === 'string' ? content : JSON.stringify(content));
    const [command, ...args] = tool.command;
    const run = await measure(command, [...args, '--target', url, tool.output, output, script], { env: ENV });
    // Artillery's exit status of a run with failed users depends on its version.
    const facts = read(tool, output);
    if (!facts) throw new Error(`${tool.name} has failed:\n${run.output}`);
    return { ...run, ...facts };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read(tool, output) {
  try {
    return tool.read(JSON.parse(readFileSync(output, 'utf8')));
  } catch {
    return undefined;
  }
}

/// The percentile of buckets `[microseconds, count]`, in milliseconds.
export function percentile(buckets, percent) {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let rest = Math.ceil((total * percent) / 100);
  for (const [micros, count] of buckets) {
    rest -= count;
    if (rest <= 0) return micros / 1e3;
  }
  return undefined;
}
