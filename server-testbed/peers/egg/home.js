// The folder to which egg writes its logs and a dump of its configuration.
'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');

const PREFIX = 'tidewire-peer-egg-';

// Makes the folder of this process. It is removed on exit; a killed process leaves it to the next one that starts.
function makeHome() {
  removeLeftovers();
  const home = path.join(os.tmpdir(), PREFIX + process.pid);
  remove(home);
  fs.mkdirSync(home);
  process.on('exit', () => remove(home));
  return home;
}

function removeLeftovers() {
  for (const name of fs.readdirSync(os.tmpdir())) {
    const [, pid] = /^tidewire-peer-egg-(\d+)$/.exec(name) ?? [];
    if (pid && !runs(Number(pid))) remove(path.join(os.tmpdir(), name));
  }
}

function runs(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user runs, too.
    return error.code === 'EPERM';
  }
}

function remove(folder) {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch {
    // The folder of another user, or one that another process removes at this moment.
  }
}

module.exports = { makeHome };
