// The bodies of the messages of /chat and /ptop, the same from every server.
'use strict';

const DELETED = { type: 'deleted', message: 'deleted, room has been deleted.' };

function parseMsg(action, payload = {}, metadata = {}) {
  return {
    data: { action, payload },
    meta: { timestamp: Date.now(), ...metadata },
  };
}

function parseBroadcastMsg(payload, metadata) {
  return parseMsg('broadcast', payload, metadata);
}

function parseDenyMsg(payload = DELETED, metadata) {
  return parseMsg('deny', payload, metadata);
}

function parseExchangeMsg(payload, metadata) {
  return parseMsg('exchange', payload, metadata);
}

// `action` is `join` or `leave`; `clients` are the ids in the room after it.
function presence(action, id, clients) {
  const done = action === 'join' ? 'joined' : 'leaved';
  return { clients, action, target: 'participator', message: `User(${id}) ${done}.` };
}

// The greeting is not ASCII on purpose: lengths in bytes, characters and UTF-16 units all differ.
function greeting(from) {
  return `${from}服务端发送的消息`;
}

module.exports = { parseMsg, parseBroadcastMsg, parseDenyMsg, parseExchangeMsg, presence, greeting };
