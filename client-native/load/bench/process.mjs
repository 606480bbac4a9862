// Programs under measurement: CPU time and memory of a process and all its descendants, from /proc.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

const SAMPLE_MS = 200;
// Linux counts CPU time in hundredths of a second.
const TICKS = 100;
const KIB = 1024;

/// Runs a program to its end. Returns its exit code, output, CPU seconds, peak memory in bytes and duration in seconds.
export async function measure(command, args, options = {}) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const usage = new Usage(child.pid);
  const before = reaped();
  const timer = setInterval(() => usage.sample(), SAMPLE_MS);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const [code] = await once(child, 'close');
  process.off('exit', kill);
  clearInterval(timer);
  return {
    code,
    output: Buffer.concat(output).toString(),
    cpu: (reaped() - before) / TICKS,
    memory: usage.peak,
    seconds: (performance.now() - started) / 1e3,
  };
}

/// Starts a server, and waits for a line of its output that `find` accepts. Its `lines` are those after it.
export async function serve(command, args, find, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const reader = createInterface({ input: child.stdout });
  const server = { lines: [] };
  server.found = await new Promise((resolve, reject) => {
    reader.on('line', (line) => {
      const found = find(line);
      if (found) resolve(found);
      else server.lines.push(line);
    });
    reader.once('close', () => reject(new Error(`${command} ${args.join(' ')} does not start`)));
  });
  server.cpu = () => (read(child.pid)?.ticks ?? 0) / TICKS;
  server.stop = async () => {
    process.off('exit', kill);
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  };
  return server;
}

/// The resident memory of a process, in bytes.
export function resident(pid) {
  return read(pid)?.memory;
}

class Usage {
  #root;
  peak = 0;

  constructor(root) {
    this.#root = root;
  }

  sample() {
    let memory = 0;
    for (const pid of tree(this.#root)) memory += read(pid)?.memory ?? 0;
    this.peak = Math.max(this.peak, memory);
  }
}

// The CPU time of all children that have ended, and of theirs: exact, where samples would miss the end.
function reaped() {
  const stat = fields('self');
  return Number(stat[13]) + Number(stat[14]);
}

function tree(root) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = fields(name)?.[1];
    if (parent) children.set(parent, [...(children.get(parent) ?? []), name]);
  }
  const found = [String(root)];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

// The fields of a process after its name, which may hold anything: state, parent, ..
function fields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function read(pid) {
  const stat = fields(pid);
  if (!stat) return undefined;
  return { ticks: Number(stat[11]) + Number(stat[12]), memory: Number(stat[21]) * 4 * KIB };
}
