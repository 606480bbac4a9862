// Emits while the namespace is not connected yet.
'use strict';

module.exports = () => async (ctx, next) => {
  ctx.emit('early', 1);
  ctx.emit('early', 2);
  await next();
};
