// The lab events, in each of the four namespaces that have them.
'use strict';

const assert = require('assert/strict');

const ARGUMENTS = [
  'text', '你好 🌊', 0, -1.5, true, null, [], { nested: { list: [1, 'two', null] } },
];
const BINARY = [
  'first', Buffer.from([0, 4, 30, 255]), { deep: [{ bytes: Buffer.alloc(3000, 7) }, Buffer.alloc(0)] }, 'last',
];

const checks = {
  async 'echo with an ack'(fixture, namespace) {
    const client = await fixture.lab(namespace);
    assert.deepEqual(await client.emitWithAck('echo', ...ARGUMENTS), ARGUMENTS);
    assert.deepEqual(await client.emitWithAck('echo', ...BINARY), BINARY);
    assert.deepEqual(await client.emitWithAck('echo'), []);
  },

  async 'echo without an ack'(fixture, namespace) {
    const client = await fixture.lab(namespace);
    for (const args of [ARGUMENTS, BINARY, []]) client.emit('echo', ...args);
    await client.received('echo', 3);
    assert.deepEqual(client.all('echo'), [ARGUMENTS, BINARY, []]);
  },

  async 'question asks for an ack and reports it'(fixture, namespace) {
    const client = await fixture.lab(namespace);
    client.socket.on('question', (...args) => args.pop()('because', ...args));
    client.emit('question', ...ARGUMENTS);
    assert.deepEqual(await client.received('answered', 1), ['because', ...ARGUMENTS]);
    client.emit('question', ...BINARY);
    assert.deepEqual(await client.received('answered', 2), ['because', ...BINARY]);
    client.emit('question');
    assert.deepEqual(await client.received('answered', 3), ['because']);
    assert.deepEqual(client.all('question'), [ARGUMENTS, BINARY, []]);
  },

  async 'join, say and leave'(fixture, namespace) {
    const room = fixture.fresh('room');
    const [sender, member, stranger] = [await fixture.lab(namespace), await fixture.lab(namespace), await fixture.lab(namespace)];
    assert.deepEqual(await sender.emitWithAck('join', room), [room]);
    assert.deepEqual(await member.emitWithAck('join', room), [room]);

    assert.deepEqual(await sender.emitWithAck('say', room, ...BINARY), []);
    assert.deepEqual(await sender.received('said'), BINARY);
    assert.deepEqual(await member.received('said'), BINARY);

    assert.deepEqual(await member.emitWithAck('leave', room), [room]);
    sender.emit('say', room, 'again');
    assert.deepEqual(await sender.received('said', 2), ['again']);
    await member.emitWithAck('echo');
    await stranger.emitWithAck('echo');
    assert.equal(member.all('said').length, 1, 'a client that left the room receives nothing');
    assert.equal(stranger.all('said').length, 0, 'a client outside the room receives nothing');
  },

  async 'flood in order'(fixture, namespace) {
    const client = await fixture.lab(namespace);
    client.emit('flood', 300, '潮');
    assert.deepEqual(await client.received('flooded'), [300]);
    assert.deepEqual(client.all('tick'), Array.from({ length: 300 }, (_, i) => [i, '潮']));
    assert.equal(client.order().at(-1), 'flooded');
  },

  async 'silent neither emits nor acks'(fixture, namespace) {
    const client = await fixture.lab(namespace);
    let answered = false;
    await client.emitWithAck('echo');
    const before = client.record.length;
    client.emit('silent', 1, () => { answered = true; });
    client.emit('silent');
    await client.emitWithAck('echo');
    assert.equal(answered, false);
    assert.equal(client.record.length, before);
  },

  async 'kick disconnects this namespace only'(fixture, namespace) {
    const { client, sibling } = await fixture.pair(namespace);
    client.emit('kick');
    assert.equal(await client.disconnected(), 'io server disconnect');
    assert.deepEqual(await sibling.emitWithAck('echo', 'still here'), ['still here']);
  },

  async 'drop closes the whole connection'(fixture, namespace) {
    const { client, sibling } = await fixture.pair(namespace);
    client.emit('drop');
    assert.equal(await client.disconnected(), 'io server disconnect');
    if (fixture.testbed) assert.deepEqual(await sibling.emitWithAck('echo', 'still here'), ['still here']);
    else await sibling.disconnected();
  },

  async 'handshake reports query, auth and headers'(fixture, namespace) {
    const client = await fixture.lab(namespace, {
      query: { shade: 'deep blue' }, auth: { pilot: 'ann' }, headers: { 'X-Tide': 'high' },
    });
    const [{ query, auth, headers }] = await client.emitWithAck('handshake');
    assert.equal(query.shade, 'deep blue');
    assert.equal(headers['x-tide'], 'high');
    if (fixture.version === 2) assert.equal(auth, null);
    else assert.equal(auth.pilot, 'ann');
  },
};

module.exports = ['/', '/lab', '/auth', '/early'].flatMap((namespace) => (
  Object.entries(checks).map(([name, run]) => ({
    name: `${namespace} ${name}`,
    run: (fixture) => run(fixture, namespace),
  }))
));
