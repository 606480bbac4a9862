// Runs scenarios of the imitated mini-program on a host, and checks afterwards that nothing is left of them.

/** Milliseconds; a server of egg takes long to restart on a machine that is busy. */
const LIMIT = 45_000;

const pause = (span) => new Promise((resolve) => setTimeout(resolve, span));

/** Returns the argument of a scenario: the server, and the controls of host and server. */
export const labFor = (host, server, options = {}) => ({
  url: server.url,
  engineVersion: server.engineVersion,
  options,
  sockets: [],
  room: `room${Math.random()}`,
  // A host with one socket has the second connection by requests.
  second: host.profile.maxSockets < 2 ? { transports: ["polling"] } : {},
  // A server does not see the end of a session that only polls, and has not kept it when the client comes back.
  recovers: server.recovers && String(options.transports) !== "polling",
  background: (span) => host.background(span),
  network: (type) => host.network(type),
  restart: () => server.restart(),
});

/** Closes the connections of a scenario. Throws if the host has a socket or a request left, has refused a call, or has seen an error. */
export async function settle(host, lab) {
  for (const socket of lab.sockets) socket.io._close();
  // The host tells it, before the next scenario begins.
  host.network("wifi");
  await new Promise(setImmediate);
  for (let turn = 0; turn < 100 && (host.sockets.size || host.requests.size); turn++) await pause(20);
  const left = [];
  if (host.sockets.size) left.push(`${host.sockets.size} sockets are left`);
  if (host.requests.size) left.push(`${host.requests.size} requests are left`);
  left.push(...host.refusals.splice(0).map((text) => `the host refused ${text}`), ...host.console.splice(0));
  if (left.length) throw new Error(left.join("; "));
}

/** Runs a scenario to its end. */
export async function runScenario(host, lab, scenario) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${LIMIT} ms; console: ${host.console.join("; ")}`)), LIMIT);
  });
  try {
    return await Promise.race([scenario(lab), late]);
  } finally {
    clearTimeout(timer);
    await settle(host, lab);
  }
}
