// The message builders, where an egg application keeps them: ctx.helper.
'use strict';

module.exports = { ...require('../../../messages') };
