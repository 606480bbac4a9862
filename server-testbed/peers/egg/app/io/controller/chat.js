// Handles the events of /chat.
'use strict';

const { Controller } = require('egg');

module.exports = class ChatController extends Controller {
  async answer() {
    this.ctx.socket.emit('res', this.ctx.helper.greeting('chat'));
  }
};
