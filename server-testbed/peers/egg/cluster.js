// The peer on egg as deployments run it: egg-cluster with two sticky workers. Prints `worker <pid>` for each worker that listens,
// the later ones included, and `listening on <port>` when all have started.
'use strict';

const cluster = require('cluster');
const net = require('net');
const { makeHome } = require('./home');
const { HOST, settings } = require('../program');

const WORKERS = 2;

Object.assign(process.env, {
  EGG_HOME: makeHome(),
  // `local` restarts the workers when an application file changes.
  EGG_SERVER_ENV: 'prod',
  EGG_MASTER_LOGGER_LEVEL: 'NONE',
  EGG_AGENT_WORKER_LOGGER_LEVEL: 'NONE',
  EGG_APP_WORKER_LOGGER_LEVEL: 'NONE',
});

// The sticky master listens on all addresses, whatever its configuration says.
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function listenHere(...args) {
  const [port, callback] = args;
  const isMaster = port === settings.port && typeof callback === 'function';
  return isMaster ? listen.call(this, port, HOST, callback) : listen.apply(this, args);
};

cluster.on('listening', (worker) => console.log(`worker ${worker.process.pid}`));

require('egg').startCluster({ baseDir: __dirname, workers: WORKERS, sticky: true, port: settings.port }, () => {
  console.log(`listening on ${settings.port}`);
});
