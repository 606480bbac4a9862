// How each namespace receives its clients, and the two sentences of /chat.
'use strict';

const assert = require('assert/strict');

function assertRefusal(bench, { message, data }) {
  const wrapped = bench.testbed && bench.generation === 2;
  assert.deepEqual(message, wrapped ? { message: 'auth failed' } : 'auth failed');
  if (bench.generation === 4 && !bench.testbed) assert.deepEqual(data, { code: 401 });
}

const checks = {
  async '/auth refuses without a token'(bench) {
    const client = bench.open('/auth');
    assertRefusal(bench, await client.refused());
    assert.equal(client.socket.connected, false);
  },

  async '/auth refuses a wrong token'(bench) {
    const wrong = { token: 'guess' };
    const client = bench.open('/auth', { query: wrong, auth: wrong });
    assertRefusal(bench, await client.refused());
  },

  async '/auth takes the token from the query'(bench) {
    await bench.open('/auth', { query: { token: 'secret' } }).connected();
  },

  async '/auth takes the token from auth'(bench) {
    if (bench.generation === 2) return 'protocol 4 has no auth';
    await bench.open('/auth', { auth: { token: 'secret' } }).connected();
  },

  async '/auth refuses without taking the connection down'(bench) {
    const client = bench.open('/');
    await client.connected();
    await client.sibling('/auth').refused();
    assert.deepEqual(await client.ask('echo', 'still here'), ['still here']);
  },

  async '/early emits at the very beginning'(bench) {
    const client = bench.open('/early');
    await client.connected();
    await client.heard('early', 2);
    assert.deepEqual(client.all('early'), [[1], [2]]);
    if (bench.generation === 2 && !bench.testbed) assert.deepEqual(client.order(), ['early', 'early', '<connect>']);
  },

  async '/chat greets and answers'(bench) {
    const client = bench.open('/chat');
    await client.connected();
    const [greeting] = await client.heard('res', 1);
    assert.match(greeting, /^auth!/);
    client.emit('chat', 'hello world!');
    const [packet] = await client.heard('res', 2);
    const [chat] = await client.heard('res', 3);
    assert.match(packet, /packet!/);
    assert.match(chat, /^chat/);
  },

  async '/nope does not exist'(bench) {
    const client = bench.open('/nope');
    await client.refused();
    assert.equal(client.socket.connected, false);
  },
};

module.exports = Object.entries(checks).map(([name, run]) => ({ name, run }));
