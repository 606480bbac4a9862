// The rooms, presence and `exchange` of /ptop.
'use strict';

const assert = require('assert/strict');

const NEEDS_REDIS = 'needs Redis';

function assertEnvelope(message, data, meta) {
  const { timestamp, ...rest } = message.meta;
  assert.deepEqual(message.data, data);
  assert.deepEqual(rest, meta);
  assert.equal(typeof timestamp, 'number');
  assert.ok(Math.abs(Date.now() - timestamp) < 60000, 'the timestamp is the time in milliseconds');
}

// Compares `ids` in any order, because servers order members differently.
function assertOnline([message], action, id, ids) {
  const done = action === 'join' ? 'joined' : 'leaved';
  const { clients, ...rest } = message;
  assert.deepEqual(rest, { action, target: 'participator', message: `User(${id}) ${done}.` });
  assert.deepEqual([...clients].sort(), [...ids].sort());
}

const checks = {
  async '/ptop denies an unknown room, then disconnects'(fixture) {
    if (!fixture.redis) return NEEDS_REDIS;
    const client = fixture.open('/ptop', { query: { room: 'gone', userId: 'ann' } });
    assert.equal(await client.disconnected(), 'io server disconnect');
    const [message] = await client.received(client.id);
    const payload = { type: 'deleted', message: 'deleted, room has been deleted.' };
    assertEnvelope(message, { action: 'deny', payload }, {});
  },

  async '/ptop announces joins and leaves to the room'(fixture) {
    if (!fixture.redis) return NEEDS_REDIS;
    const room = fixture.fresh('room');
    const stranger = await fixture.ptop(fixture.fresh('room'));
    const ann = await fixture.ptop(room);
    assertOnline(await ann.received('online', 1), 'join', ann.id, [ann.id]);
    const bob = await fixture.ptop(room);
    assertOnline(await ann.received('online', 2), 'join', bob.id, [ann.id, bob.id]);
    assertOnline(await bob.received('online', 1), 'join', bob.id, [ann.id, bob.id]);
    bob.close();
    assertOnline(await ann.received('online', 3), 'leave', bob.id, [ann.id]);
    await fixture.roundTrip(stranger);
    assert.equal(stranger.all('online').length, 1, 'another room receives nothing');
  },

  async '/ptop takes the room from the query of the namespace'(fixture) {
    if (!fixture.redis) return NEEDS_REDIS;
    if (fixture.version === 4) return 'protocol 5 has no query of a namespace';
    if (fixture.testbed) return 'not a 2.x server';
    // Waits for `/`, because a 2.x server may lose the query of a namespace that connects earlier.
    const root = fixture.open('/');
    await root.connected();
    const client = root.sibling('/ptop', { namespaceQuery: { room: 'gone', userId: 'ann' } });
    assert.equal(await client.disconnected(), 'io server disconnect');
    await client.received(client.id);
  },

  async '/ptop exchange reaches all clients in the namespace'(fixture) {
    const ann = await fixture.ptop('here');
    const bob = await fixture.ptop('here');
    const stranger = await fixture.ptop('elsewhere');
    const meta = { client: ann.id, target: bob.id };
    const payloads = [{ msg: '你好 bob' }, 'text', [1, null]];
    for (const payload of payloads) ann.emit('exchange', { target: bob.id, payload });
    for (const client of [ann, bob, stranger]) {
      await client.received(bob.id, payloads.length);
      client.all(bob.id).forEach(([message], i) => {
        assertEnvelope(message, { action: 'exchange', payload: payloads[i] }, meta);
      });
    }
  },

  async '/ptop exchange without a target in text is ignored'(fixture) {
    const client = await fixture.ptop('here');
    const known = ['<connect>', 'online', ...(fixture.testbed ? ['refused'] : [])];
    for (const args of [[], [null], [{}], [{ payload: 1 }], [{ target: 7, payload: 1 }], [{ target: null }]]) {
      client.emit('exchange', ...args);
    }
    const target = await fixture.roundTrip(client);
    assert.deepEqual(client.order().filter((event) => !known.includes(event)), [target]);
  },
};

module.exports = Object.entries(checks).map(([name, run]) => ({ name, run }));
