// Refuses clients of /auth without the token.
'use strict';

module.exports = () => async (ctx, next) => {
  if (ctx.handshake.query.token !== 'secret') throw new Error('auth failed');
  await next();
};
