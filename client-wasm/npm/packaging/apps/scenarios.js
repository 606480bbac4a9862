// Runs the scenarios of test/servers one after the other.

const timeout = (name) => new Promise((_, reject) => setTimeout(() => reject(new Error(`${name} timed out`)), 15_000));

async function run(name, scenario, { io, url, engineVersion, transports }) {
  const sockets = [];
  const socket = (namespace, more = {}) => {
    const created = io(url + namespace, { forceNew: true, transports, ...more });
    sockets.push(created);
    return created;
  };
  try {
    await Promise.race([scenario({ engineVersion, socket }), timeout(name)]);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  } finally {
    for (const created of sockets) created.io._close();
  }
}

/** Runs all scenarios except `skipped`; resolves to their number. */
export async function runAll({ scenarios, skipped = [], ...target }) {
  const all = Object.entries(scenarios).filter(([name]) => name !== "next" && !skipped.includes(name));
  for (const [name, scenario] of all) await run(name, scenario, target);
  return `${all.length} scenarios`;
}
