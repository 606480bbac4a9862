// Handles the lab events.
'use strict';

const { Controller } = require('egg');
const { promisify } = require('util');

module.exports = class LabController extends Controller {
  async echo() {
    const { args, ack } = this.call();
    if (ack) ack(...args);
    else this.ctx.socket.emit('echo', ...args);
  }

  async question() {
    const { socket } = this.ctx;
    socket.emit('question', ...this.call().args, (...answer) => socket.emit('answered', ...answer));
  }

  // With Redis, a room is joined when Redis has confirmed it.
  async join() {
    const { args: [room], ack } = this.call();
    const { socket } = this.ctx;
    await promisify(socket.join.bind(socket))(room);
    if (ack) ack(room);
  }

  async leave() {
    const { args: [room], ack } = this.call();
    const { socket } = this.ctx;
    await promisify(socket.leave.bind(socket))(room);
    if (ack) ack(room);
  }

  async say() {
    const { args: [room, ...args], ack } = this.call();
    this.ctx.socket.nsp.to(room).emit('said', ...args);
    if (ack) ack();
  }

  async flood() {
    const { args: [count, text] } = this.call();
    const { socket } = this.ctx;
    for (let i = 0; i < count; i += 1) socket.emit('tick', i, text);
    socket.emit('flooded', count);
  }

  async silent() {}

  async kick() {
    this.ctx.socket.disconnect();
  }

  async drop() {
    this.ctx.socket.disconnect(true);
  }

  async handshake() {
    const { query, headers } = this.ctx.socket.handshake;
    const { ack } = this.call();
    if (ack) ack({ query, auth: null, headers });
  }

  // egg passes the ack function as the last argument.
  call() {
    const { args } = this.ctx;
    const hasAck = typeof args.at(-1) === 'function';
    return { args: hasAck ? args.slice(0, -1) : args, ack: hasAck ? args.at(-1) : undefined };
  }
};
