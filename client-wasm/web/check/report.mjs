// Counts what passed, and prints what failed.

let passed = 0;
const failures = [];

/** Ends a check; `error` is empty if it passed. */
export function settle(name, error) {
  if (!error) return passed++;
  failures.push(name);
  console.log(`FAILED  ${name}: ${error}`);
}

/** Runs a check that throws if it fails. */
export async function attempt(name, check) {
  try {
    await check();
    settle(name, "");
  } catch (error) {
    settle(name, error.stack || String(error));
  }
}

/** Throws if two values differ. */
export function must(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}

/** Prints the sum and ends the program, whatever a failed check has left open. */
export function sumUp() {
  console.log(`${passed} passed, ${failures.length} failed`);
  process.exit(failures.length ? 1 : 0);
}
