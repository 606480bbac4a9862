// How each namespace accepts or refuses its clients, and the replies of /chat.
'use strict';

const assert = require('assert/strict');

function assertRefusal(fixture, { message, data }) {
  const wrapped = fixture.testbed && fixture.version === 2;
  assert.deepEqual(message, wrapped ? { message: 'auth failed' } : 'auth failed');
  if (fixture.version === 4 && !fixture.testbed) assert.deepEqual(data, { code: 401 });
}

const checks = {
  async '/auth refuses without a token'(fixture) {
    const client = fixture.open('/auth');
    assertRefusal(fixture, await client.refused());
    assert.equal(client.socket.connected, false);
  },

  async '/auth refuses a wrong token'(fixture) {
    const wrong = { token: 'guess' };
    const client = fixture.open('/auth', { query: wrong, auth: wrong });
    assertRefusal(fixture, await client.refused());
  },

  async '/auth takes the token from the query'(fixture) {
    await fixture.open('/auth', { query: { token: 'secret' } }).connected();
  },

  async '/auth takes the token from auth'(fixture) {
    if (fixture.version === 2) return 'protocol 4 has no auth';
    await fixture.open('/auth', { auth: { token: 'secret' } }).connected();
  },

  async '/auth refuses without closing the connection'(fixture) {
    const client = fixture.open('/');
    await client.connected();
    await client.sibling('/auth').refused();
    assert.deepEqual(await client.emitWithAck('echo', 'still here'), ['still here']);
  },

  async '/early emits before any other event'(fixture) {
    const client = fixture.open('/early');
    await client.connected();
    await client.received('early', 2);
    assert.deepEqual(client.all('early'), [[1], [2]]);
    if (fixture.version === 2 && !fixture.testbed) assert.deepEqual(client.order(), ['early', 'early', '<connect>']);
  },

  async '/chat greets and answers'(fixture) {
    const client = fixture.open('/chat');
    await client.connected();
    const [greeting] = await client.received('res', 1);
    assert.match(greeting, /^auth!/);
    client.emit('chat', 'hello world!');
    const [packet] = await client.received('res', 2);
    const [chat] = await client.received('res', 3);
    assert.match(packet, /packet!/);
    assert.match(chat, /^chat/);
  },

  async '/nope does not exist'(fixture) {
    const client = fixture.open('/nope');
    await client.refused();
    assert.equal(client.socket.connected, false);
  },
};

module.exports = Object.entries(checks).map(([name, run]) => ({ name, run }));
