// Runs the official client through every row of CONTRACT.md against a running server:
//   node check.js <port> <2|4> [--testbed] [--without-redis]
'use strict';

const { Fixture } = require('./check/fixture');

const checks = [
  ...require('./check/lab'),
  ...require('./check/namespaces'),
  ...require('./check/ptop'),
];

// Returns how many checks failed. A check that returns a text was skipped, and the text says why.
async function check(server) {
  let failed = 0;
  for (const { name, run } of checks) {
    const fixture = new Fixture(server);
    try {
      const skipped = await run(fixture);
      console.log(skipped ? `skip ${name}: ${skipped}` : `ok   ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name}: ${oneLine(error.message)}`);
    } finally {
      fixture.close();
    }
  }
  return failed;
}

function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim();
}

function parse(args) {
  const flags = args.filter((arg) => arg.startsWith('--'));
  const [port, version] = args.filter((arg) => !arg.startsWith('--')).map(Number);
  const known = flags.every((flag) => ['--testbed', '--without-redis'].includes(flag));
  if (!known || !Number.isInteger(port) || ![2, 4].includes(version)) return undefined;
  return { port, version, testbed: flags.includes('--testbed'), redis: !flags.includes('--without-redis') };
}

async function main() {
  const server = parse(process.argv.slice(2));
  if (!server) {
    console.error('usage: node check.js <port> <2|4> [--testbed] [--without-redis]');
    process.exit(2);
  }
  process.exit((await check(server)) === 0 ? 0 : 1);
}

if (require.main === module) main();

module.exports = { check, oneLine };
