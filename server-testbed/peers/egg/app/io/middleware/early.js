// Emits before the namespace is connected.
'use strict';

module.exports = () => async (ctx, next) => {
  ctx.emit('early', 1);
  ctx.emit('early', 2);
  await next();
};
