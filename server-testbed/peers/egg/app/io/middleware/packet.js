// Answers every event of /chat before its controller does.
'use strict';

module.exports = () => async (ctx, next) => {
  ctx.emit('res', `packet!${ctx.helper.greeting('packet')}`);
  await next();
};
