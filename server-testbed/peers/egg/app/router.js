// The controller of each event and namespace.
'use strict';

const LAB_EVENTS = ['echo', 'question', 'join', 'leave', 'say', 'flood', 'silent', 'kick', 'drop', 'handshake'];

module.exports = ({ io }) => {
  for (const namespace of ['/', '/lab', '/auth', '/early']) {
    for (const event of LAB_EVENTS) io.of(namespace).route(event, io.controller.lab[event]);
  }
  io.of('/chat').route('chat', io.controller.chat.answer);
  io.of('/ptop').route('exchange', io.controller.ptop.exchange);
};
