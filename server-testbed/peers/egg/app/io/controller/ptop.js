// Handles the events of /ptop.
'use strict';

const { Controller } = require('egg');

module.exports = class PtopController extends Controller {
  async exchange() {
    const { args, socket, helper } = this.ctx;
    const { target, payload } = args[0] ?? {};
    if (typeof target !== 'string') return;
    socket.nsp.emit(target, helper.parseExchangeMsg(payload, { client: socket.id, target }));
  }
};
