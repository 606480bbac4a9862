// The configuration of the application.
'use strict';

const path = require('path');
const { settings } = require('../../program');

module.exports = (appInfo) => ({
  keys: 'signs the session cookies of a test server',
  rundir: path.join(appInfo.HOME, 'run'),
  // Standard output is for the line with the port only.
  logger: { consoleLevel: 'NONE' },
  redis: { client: { ...settings.redis, password: '', db: 0 } },
  io: {
    init: settings.heartbeat,
    namespace: {
      '/': { connectionMiddleware: [], packetMiddleware: [] },
      '/lab': { connectionMiddleware: [], packetMiddleware: [] },
      '/auth': { connectionMiddleware: ['token'], packetMiddleware: [] },
      '/early': { connectionMiddleware: ['early'], packetMiddleware: [] },
      '/chat': { connectionMiddleware: ['auth'], packetMiddleware: ['packet'] },
      '/ptop': { connectionMiddleware: ['presence'], packetMiddleware: [] },
    },
    redis: settings.redis ?? undefined,
  },
});
