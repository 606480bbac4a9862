// What makes a peer a program: settings from the environment, one line with its port, an end at SIGTERM.
'use strict';

const HOST = '127.0.0.1';

const settings = {
  port: number('PORT', 0),
  heartbeat: {
    pingInterval: number('PING_INTERVAL', 25000),
    pingTimeout: number('PING_TIMEOUT', 20000),
  },
  recovery: process.env.RECOVERY ? { connectionStateRecovery: {} } : {},
  redis: process.env.REDIS_PORT ? { host: HOST, port: number('REDIS_PORT') } : null,
};

function listen(server) {
  server.listen(settings.port, HOST, () => console.log(`listening on ${server.address().port}`));
}

function number(name, fallback) {
  const text = process.env[name];
  if (!text) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name}=${text} is not a whole number`);
  return value;
}

// At once and without a word to the clients: that is how a deployed server goes away. SIGINT is for running by hand.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));

module.exports = { settings, listen };
