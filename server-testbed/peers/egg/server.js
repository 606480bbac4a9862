// The peer on egg 2.37.0 and egg-socket.io 4.1.6 (socket.io 2.5.1), the whole of egg in this one process.
'use strict';

const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { listen } = require('../program');

// egg writes its logs and a dump of its configuration below this "home"; nothing of it outlives the process.
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'tidewire-peer-egg-'));
process.env.EGG_HOME = home;
process.on('exit', () => fs.rmSync(home, { recursive: true, force: true }));

// `prod`, because `local` restarts the workers when a file of the application changes.
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
