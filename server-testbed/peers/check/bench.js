// What a check works with: the facts about the server under test, and clients that are closed when the check is over.
'use strict';

const { Client } = require('./client');

// The token opens /auth; elsewhere it is one more value in the handshake.
const CREDENTIALS = { token: 'secret' };

let counter = 0;

class Bench {
  #url;
  #clients = [];

  constructor({ port, generation, testbed, redis }) {
    this.#url = `http://127.0.0.1:${port}`;
    this.generation = generation;
    this.testbed = testbed;
    this.redis = redis;
  }

  open(namespace, options) {
    const client = Client.open(this.generation, this.#url, namespace, options);
    this.#clients.push(client);
    return client;
  }

  // A client connected to a namespace with lab events.
  async lab(namespace, { query, auth, ...rest } = {}) {
    const credentials = { query: { ...CREDENTIALS, ...query }, auth: { ...CREDENTIALS, ...auth } };
    const client = this.open(namespace, { ...credentials, ...rest });
    await client.connected();
    return client;
  }

  // Two namespaces with lab events on one connection. The second is never `/`: 2.x connects that one by itself, first.
  async pair(namespace) {
    const client = await this.lab(namespace);
    const sibling = client.sibling(namespace === '/lab' ? '/early' : '/lab');
    this.#clients.push(sibling);
    await sibling.connected();
    return { client, sibling };
  }

  // A client in a room of /ptop.
  async ptop(room) {
    const client = this.open('/ptop', { query: { room, userId: this.fresh('user') } });
    await client.connected();
    return client;
  }

  // Once around the server: what `client` was sent before has arrived when this returns. /ptop has no echo.
  async lap(client) {
    const target = this.fresh('lap');
    client.emit('exchange', { target, payload: null });
    await client.heard(target);
    return target;
  }

  fresh(name) {
    counter += 1;
    return `${name}-${process.pid}-${counter}`;
  }

  close() {
    for (const client of this.#clients) {
      client.close();
      // A refused namespace leaves the connection of 2.5.0 open.
      client.manager.engine?.close();
    }
  }
}

module.exports = { Bench };
