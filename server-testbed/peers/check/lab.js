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
  async 'echo with an ack'(bench, namespace) {
    const client = await bench.lab(namespace);
    assert.deepEqual(await client.ask('echo', ...ARGUMENTS), ARGUMENTS);
    assert.deepEqual(await client.ask('echo', ...BINARY), BINARY);
    assert.deepEqual(await client.ask('echo'), []);
  },

  async 'echo without an ack'(bench, namespace) {
    const client = await bench.lab(namespace);
    for (const args of [ARGUMENTS, BINARY, []]) client.emit('echo', ...args);
    await client.heard('echo', 3);
    assert.deepEqual(client.all('echo'), [ARGUMENTS, BINARY, []]);
  },

  async 'question asks back and tells what was acked'(bench, namespace) {
    const client = await bench.lab(namespace);
    client.socket.on('question', (...args) => args.pop()('because', ...args));
    client.emit('question', ...ARGUMENTS);
    assert.deepEqual(await client.heard('answered', 1), ['because', ...ARGUMENTS]);
    client.emit('question', ...BINARY);
    assert.deepEqual(await client.heard('answered', 2), ['because', ...BINARY]);
    client.emit('question');
    assert.deepEqual(await client.heard('answered', 3), ['because']);
    assert.deepEqual(client.all('question'), [ARGUMENTS, BINARY, []]);
  },

  async 'join, say and leave'(bench, namespace) {
    const room = bench.fresh('room');
    const [sender, member, stranger] = [await bench.lab(namespace), await bench.lab(namespace), await bench.lab(namespace)];
    assert.deepEqual(await sender.ask('join', room), [room]);
    assert.deepEqual(await member.ask('join', room), [room]);

    sender.emit('say', room, ...BINARY);
    assert.deepEqual(await sender.heard('said'), BINARY);
    assert.deepEqual(await member.heard('said'), BINARY);

    assert.deepEqual(await member.ask('leave', room), [room]);
    sender.emit('say', room, 'again');
    assert.deepEqual(await sender.heard('said', 2), ['again']);
    await member.ask('echo');
    await stranger.ask('echo');
    assert.equal(member.all('said').length, 1, 'a client that left the room hears nothing of it');
    assert.equal(stranger.all('said').length, 0, 'a client outside the room hears nothing of it');
  },

  async 'flood in order'(bench, namespace) {
    const client = await bench.lab(namespace);
    client.emit('flood', 300, '潮');
    assert.deepEqual(await client.heard('flooded'), [300]);
    assert.deepEqual(client.all('tick'), Array.from({ length: 300 }, (_, i) => [i, '潮']));
    assert.equal(client.order().at(-1), 'flooded');
  },

  async 'silent says nothing'(bench, namespace) {
    const client = await bench.lab(namespace);
    let answered = false;
    await client.ask('echo');
    const before = client.record.length;
    client.emit('silent', 1, () => { answered = true; });
    client.emit('silent');
    await client.ask('echo');
    assert.equal(answered, false);
    assert.equal(client.record.length, before);
  },

  async 'kick disconnects this namespace only'(bench, namespace) {
    const { client, sibling } = await bench.pair(namespace);
    client.emit('kick');
    assert.equal(await client.disconnected(), 'io server disconnect');
    assert.deepEqual(await sibling.ask('echo', 'still here'), ['still here']);
  },

  async 'drop closes the whole connection'(bench, namespace) {
    const { client, sibling } = await bench.pair(namespace);
    client.emit('drop');
    assert.equal(await client.disconnected(), 'io server disconnect');
    if (bench.testbed) assert.deepEqual(await sibling.ask('echo', 'still here'), ['still here']);
    else await sibling.disconnected();
  },

  async 'handshake tells query, auth and headers'(bench, namespace) {
    const client = await bench.lab(namespace, {
      query: { shade: 'deep blue' }, auth: { pilot: 'ann' }, headers: { 'X-Tide': 'high' },
    });
    const [{ query, auth, headers }] = await client.ask('handshake');
    assert.equal(query.shade, 'deep blue');
    assert.equal(headers['x-tide'], 'high');
    if (bench.generation === 2) assert.equal(auth, null);
    else assert.equal(auth.pilot, 'ann');
  },
};

module.exports = ['/', '/lab', '/auth', '/early'].flatMap((namespace) => (
  Object.entries(checks).map(([name, run]) => ({
    name: `${namespace} ${name}`,
    run: (bench) => run(bench, namespace),
  }))
));
