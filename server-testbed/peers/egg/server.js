// The peer on egg 2.37.0 and egg-socket.io 4.1.6 (socket.io 2.5.1), with all of egg in one process.
'use strict';

const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { listen } = require('../program');

// egg writes its logs and a dump of its configuration to this "home", which is removed on exit.
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'tidewire-peer-egg-'));
process.env.EGG_HOME = home;
process.on('exit', () => fs.rmSync(home, { recursive: true, force: true }));

// `prod`, because `local` restarts the workers when an application file changes.
async function main() {
  const app = await require('egg').start({ baseDir: __dirname, env: 'prod', ignoreWarning: true });
  const server = http.createServer(app.callback());
  app.emit('server', server);
  listen(server);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
