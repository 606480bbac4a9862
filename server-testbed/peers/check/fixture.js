// The fixture of a check: facts about the server under test, and clients that are closed after the check.
'use strict';

const { Client } = require('./client');

// /auth requires the token; other namespaces ignore it.
const CREDENTIALS = { token: 'secret' };

let counter = 0;

class Fixture {
  #url;
  #clients = [];

  constructor({ port, version, testbed, redis }) {
    this.#url = `http://127.0.0.1:${port}`;
    this.version = version;
    this.testbed = testbed;
    this.redis = redis;
  }

  open(namespace, options) {
    const client = Client.open(this.version, this.#url, namespace, options);
    this.#clients.push(client);
    return client;
  }

  // Returns a client that is connected to a namespace with lab events.
  async lab(namespace, { query, auth, ...rest } = {}) {
    const credentials = { query: { ...CREDENTIALS, ...query }, auth: { ...CREDENTIALS, ...auth } };
    const client = this.open(namespace, { ...credentials, ...rest });
    await client.connected();
    return client;
  }

  // Returns two namespaces with lab events on one connection. The second is never `/`, which 2.x connects first by itself.
  async pair(namespace) {
    const client = await this.lab(namespace);
    const sibling = client.sibling(namespace === '/lab' ? '/early' : '/lab');
    this.#clients.push(sibling);
    await sibling.connected();
    return { client, sibling };
  }

  // Returns a client in a room of /ptop.
  async ptop(room) {
    const client = this.open('/ptop', { query: { room, userId: this.fresh('user') } });
    await client.connected();
    return client;
  }

  // Waits for a round trip on /ptop: all events that the server sent to `client` before have arrived when this returns.
  async roundTrip(client) {
    const target = this.fresh('round-trip');
    client.emit('exchange', { target, payload: null });
    await client.received(target);
    return target;
  }

  fresh(name) {
    counter += 1;
    return `${name}-${process.pid}-${counter}`;
  }

  close() {
    for (const client of this.#clients) {
      client.close();
      // 2.5.0 keeps its connection open after a refused namespace.
      client.manager.engine?.close();
    }
  }
}

module.exports = { Fixture };
