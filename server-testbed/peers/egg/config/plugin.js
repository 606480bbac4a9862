// The plugins of the application: Socket.IO, Redis if there is one, and the egg plugins that they need.
'use strict';

const { settings } = require('../../program');

exports.io = { enable: true, package: 'egg-socket.io' };
exports.redis = { enable: settings.redis !== null, package: 'egg-redis' };

// These are for applications that serve pages; some of them write to the application's folder.
for (const unused of ['development', 'i18n', 'jsonp', 'logrotator', 'multipart', 'schedule', 'static', 'view', 'watcher']) {
  exports[unused] = false;
}
