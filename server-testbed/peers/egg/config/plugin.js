// The plugins of the application: Socket.IO, Redis when there is one, and of egg's own only what those need.
'use strict';

const { settings } = require('../../program');

exports.io = { enable: true, package: 'egg-socket.io' };
exports.redis = { enable: settings.redis !== null, package: 'egg-redis' };

// A page-serving application has use for these; some of them write into the application's folder.
for (const unused of ['development', 'i18n', 'jsonp', 'logrotator', 'multipart', 'schedule', 'static', 'view', 'watcher']) {
  exports[unused] = false;
}
