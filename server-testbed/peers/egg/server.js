// The peer on egg 2.37.0, or 3.34.0 with `EGG=3`, and egg-socket.io 4.1.6 (socket.io 2.5.1), with all of egg in one process.
'use strict';

const http = require('http');
const path = require('path');
const { makeHome } = require('./home');
const { listen } = require('../program');

process.env.EGG_HOME = makeHome();

// `prod`, because `local` restarts the workers when an application file changes.
async function main() {
  const name = process.env.EGG === '3' ? 'egg-3' : 'egg';
  const framework = path.dirname(require.resolve(`${name}/package.json`));
  const app = await require(name).start({ framework, baseDir: __dirname, env: 'prod', ignoreWarning: true });
  const server = http.createServer(app.callback());
  app.emit('server', server);
  listen(server);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
