// Emits `res` for each event of /chat, before the controller runs.
'use strict';

module.exports = () => async (ctx, next) => {
  ctx.emit('res', `packet!${ctx.helper.greeting('packet')}`);
  await next();
};
