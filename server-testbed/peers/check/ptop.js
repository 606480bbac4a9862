// The rooms, the presence and the exchange of /ptop.
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

// `ids` in any order: a server may keep its rooms as it likes.
function assertOnline([message], action, id, ids) {
  const done = action === 'join' ? 'joined' : 'leaved';
  const { clients, ...rest } = message;
  assert.deepEqual(rest, { action, target: 'participator', message: `User(${id}) ${done}.` });
  assert.deepEqual([...clients].sort(), [...ids].sort());
}

const checks = {
  async '/ptop denies a room that is gone, then disconnects'(bench) {
    if (!bench.redis) return NEEDS_REDIS;
    const client = bench.open('/ptop', { query: { room: 'gone', userId: 'ann' } });
    assert.equal(await client.disconnected(), 'io server disconnect');
    const [message] = await client.heard(client.id);
    const payload = { type: 'deleted', message: 'deleted, room has been deleted.' };
    assertEnvelope(message, { action: 'deny', payload }, {});
  },

  async '/ptop tells the room who comes and who goes'(bench) {
    if (!bench.redis) return NEEDS_REDIS;
    const room = bench.fresh('room');
    const stranger = await bench.ptop(bench.fresh('room'));
    const ann = await bench.ptop(room);
    assertOnline(await ann.heard('online', 1), 'join', ann.id, [ann.id]);
    const bob = await bench.ptop(room);
    assertOnline(await ann.heard('online', 2), 'join', bob.id, [ann.id, bob.id]);
    assertOnline(await bob.heard('online', 1), 'join', bob.id, [ann.id, bob.id]);
    bob.close();
    assertOnline(await ann.heard('online', 3), 'leave', bob.id, [ann.id]);
    await bench.lap(stranger);
    assert.equal(stranger.all('online').length, 1, 'another room hears nothing of it');
  },

  async '/ptop takes the room from the query of the namespace'(bench) {
    if (!bench.redis) return NEEDS_REDIS;
    if (bench.generation === 4) return 'protocol 5 has no query of a namespace';
    if (bench.testbed) return 'not a 2.x server';
    // Not before `/` is connected: a 2.x server may drop the query of a namespace that comes earlier.
    const root = bench.open('/');
    await root.connected();
    const client = root.sibling('/ptop', { namespaceQuery: { room: 'gone', userId: 'ann' } });
    assert.equal(await client.disconnected(), 'io server disconnect');
    await client.heard(client.id);
  },

  async '/ptop exchange reaches everybody in the namespace'(bench) {
    const ann = await bench.ptop('here');
    const bob = await bench.ptop('here');
    const stranger = await bench.ptop('elsewhere');
    const meta = { client: ann.id, target: bob.id };
    const payloads = [{ msg: '你好 bob' }, 'text', [1, null]];
    for (const payload of payloads) ann.emit('exchange', { target: bob.id, payload });
    for (const client of [ann, bob, stranger]) {
      await client.heard(bob.id, payloads.length);
      client.all(bob.id).forEach(([message], i) => {
        assertEnvelope(message, { action: 'exchange', payload: payloads[i] }, meta);
      });
    }
  },

  async '/ptop exchange without a target in text is ignored'(bench) {
    const client = await bench.ptop('here');
    const known = ['<connect>', 'online'];
    for (const args of [[], [null], [{}], [{ payload: 1 }], [{ target: 7, payload: 1 }], [{ target: null }]]) {
      client.emit('exchange', ...args);
    }
    const lap = await bench.lap(client);
    assert.deepEqual(client.order().filter((event) => !known.includes(event)), [lap]);
  },
};

module.exports = Object.entries(checks).map(([name, run]) => ({ name, run }));
