// Greets each client of /chat, like the middleware of this name in egg's example.
'use strict';

module.exports = () => async (ctx, next) => {
  ctx.emit('res', `auth!${ctx.helper.greeting('auth')}`);
  await next();
};
