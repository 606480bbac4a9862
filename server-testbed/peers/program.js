// Runs a peer as a program: reads settings from the environment, prints its port, exits at SIGTERM.
'use strict';

const HOST = '127.0.0.1';

const settings = {
  port: number('PORT', 0),
  heartbeat: {
    pingInterval: number('PING_INTERVAL', 25000),
    pingTimeout: number('PING_TIMEOUT', 20000),
  },
  recovery: process.env.RECOVERY ? { connectionStateRecovery: {} } : {},
  deflate: process.env.DEFLATE ? { perMessageDeflate: { threshold: 0 } } : {},
  versions: process.env.ALLOW_EIO3 ? { allowEIO3: true } : {},
  webtransport: process.env.WEBTRANSPORT ? { transports: ['polling', 'websocket', 'webtransport'] } : {},
  sessionPort: number('SESSION_PORT', 0),
  redis: process.env.REDIS_PORT ? { host: HOST, port: number('REDIS_PORT') } : null,
};

function listen(server) {
  server.listen(settings.port, HOST, () => ready(server));
}

// Tells that the peer is ready.
function ready(server) {
  console.log(`listening on ${server.address().port}`);
}

function number(name, fallback) {
  const text = process.env[name];
  if (!text) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name}=${text} is not a whole number of 0 or more`);
  return value;
}

// Exits at once without closing connections, like a deployed server. SIGINT is for running by hand.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));

module.exports = { HOST, settings, listen, ready };
