// The message builders as `ctx.helper`, where egg applications keep them.
'use strict';

module.exports = { ...require('../../../messages') };
