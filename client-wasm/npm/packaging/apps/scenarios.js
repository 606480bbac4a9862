// The scenarios of test/servers, one after the other.

const patience = (name) => new Promise((_, reject) => setTimeout(() => reject(new Error(`${name} takes too long`)), 15_000));

async function run(name, scenario, { io, url, engineVersion, transports }) {
  const sockets = [];
  const socket = (namespace, more = {}) => {
    const made = io(url + namespace, { forceNew: true, transports, ...more });
    sockets.push(made);
    return made;
  };
  try {
    await Promise.race([scenario({ engineVersion, socket }), patience(name)]);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  } finally {
    for (const made of sockets) made.io._close();
  }
}

/** All but those that are named in `left`; resolves to how many. */
export async function runAll({ scenarios, left = [], ...place }) {
  const all = Object.entries(scenarios).filter(([name]) => name !== "next" && !left.includes(name));
  for (const [name, scenario] of all) await run(name, scenario, place);
  return `${all.length} scenarios`;
}
