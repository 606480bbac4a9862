// Greets who connects to /chat, as egg's example does under this name.
'use strict';

module.exports = () => async (ctx, next) => {
  ctx.emit('res', `auth!${ctx.helper.greeting('auth')}`);
  await next();
};
