// The memory of an idle user: that of many users against that of few, so that the program itself does not count.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { resident, serve } from './process.mjs';
import { short, table } from './table.mjs';

const SIZES = {
  full: { users: [1_000, 9_000], seconds: 24 },
  quick: { users: [50, 250], seconds: 4 },
};

/// Holds idle users against the testbed, few and then many. Returns the resident memory of both, and that of one user, in bytes.
export async function idle({ program, testbed, quick }) {
  const { users, seconds } = quick ? SIZES.quick : SIZES.full;
  const server = await serve(testbed, ['--port', '0'], (line) => line.match(/^listening on (\d+)/)?.[1]);
  try {
    const memory = [];
    for (const count of users) memory.push(await held(program, server.found, count, seconds));
    const perUser = (memory[1] - memory[0]) / (users[1] - users[0]);
    console.log('Idle users that are connected to the testbed.\n');
    const row = (count, at) => [count.toLocaleString('en'), short(memory[at] / (1 << 20))];
    table(['users', 'resident memory, MiB'], users.map(row));
    console.log(`Each further user: ${short(perUser / 1024)} KiB.\n`);
    return { users, memory, perUser };
  } finally {
    await server.stop();
  }
}

// The last memory that was seen while all users were connected.
async function held(program, port, users, seconds) {
  const args = [`http://127.0.0.1:${port}/lab`, '--users', users, '--for', `${seconds}s`, '--plain'].map(String);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let memory;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes(` ${users} users, ${users} connected`)) memory = resident(child.pid) ?? memory;
  });
  const [code] = await once(child, 'close');
  process.off('exit', kill);
  if (code !== 0 || !memory) throw new Error(`tidewire-load did not hold ${users} users: status ${code}`);
  return memory;
}
