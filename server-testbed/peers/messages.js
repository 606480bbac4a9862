// The messages of /chat and /ptop, the same for every server.
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

// `action` is `join` or `leave`; `clients` are the ids in the room after the action.
function presence(action, id, clients) {
  const done = action === 'join' ? 'joined' : 'leaved';
  return { clients, action, target: 'participator', message: `User(${id}) ${done}.` };
}

// The greeting is Chinese because its lengths in bytes and in characters differ.
function greeting(from) {
  return `${from}服务端发送的消息`;
}

module.exports = { parseMsg, parseBroadcastMsg, parseDenyMsg, parseExchangeMsg, presence, greeting };
