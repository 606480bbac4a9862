// The reference client of either generation over websocket, with a record of every packet its namespace receives.
'use strict';

const { EventEmitter } = require('events');

const PATIENCE = 5000;
const CONNECT = 0;
// An event with attachments is 5 in one generation and 2 in the other once it is whole.
const EVENTS = [2, 5];

const libraries = {
  2: require('socket.io-client-2'),
  4: require('socket.io-client-4'),
};

class Client {
  // `options`: query, auth, headers; `url` is without a namespace.
  static open(generation, url, namespace, options = {}) {
    const { Manager } = libraries[generation];
    const manager = new Manager(url, {
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      query: options.query,
      extraHeaders: options.headers,
    });
    return new Client(generation, manager, namespace, options);
  }

  constructor(generation, manager, namespace, options = {}) {
    this.generation = generation;
    this.manager = manager;
    this.namespace = namespace;
    // Entries are {event, args}; CONNECT is recorded as {event: '<connect>'} so that its place can be seen.
    this.record = [];
    this.refusal = undefined;
    this.reason = undefined;
    this.changes = new EventEmitter().setMaxListeners(0);

    // The record listens below the socket: 2.5.0 holds events back until `connect`.
    manager.on('packet', (packet) => this.#onPacket(packet));
    this.socket = manager.socket(namespace, { auth: options.auth, query: options.namespaceQuery });
    this.#listen();
    this.socket.open();
  }

  // Another namespace on the same connection.
  sibling(namespace, options) {
    return new Client(this.generation, this.manager, namespace, options);
  }

  connected() {
    return this.until(() => this.socket.connected, `${this.namespace} to connect`);
  }

  async refused() {
    await this.until(() => this.refusal !== undefined, `${this.namespace} to be refused`);
    return this.refusal;
  }

  async disconnected() {
    await this.until(() => this.reason !== undefined, `${this.namespace} to be disconnected`);
    return this.reason;
  }

  // The arguments of the `count`th event of this name since the beginning.
  async heard(event, count = 1) {
    await this.until(() => this.all(event).length >= count, `event ${event} number ${count}`);
    return this.all(event)[count - 1];
  }

  all(event) {
    return this.record.filter((entry) => entry.event === event).map((entry) => entry.args);
  }

  // The names of what came, in order.
  order() {
    return this.record.map((entry) => entry.event);
  }

  emit(event, ...args) {
    this.socket.emit(event, ...args);
  }

  // Emits with an acknowledgement and returns what it brought.
  async ask(event, ...args) {
    let answer;
    this.socket.emit(event, ...args, (...values) => {
      answer = values;
      this.changes.emit('change');
    });
    await this.until(() => answer !== undefined, `the acknowledgement of ${event}`);
    return answer;
  }

  close() {
    this.socket.close();
  }

  until(condition, what) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition()) return;
        finish(resolve);
      };
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.changes.off('change', look);
        settle(value);
      };
      const timer = setTimeout(() => {
        finish(reject, new Error(`waited ${PATIENCE} ms for ${what}; heard ${JSON.stringify(this.record)}`));
      }, PATIENCE);
      this.changes.on('change', look);
      look();
    });
  }

  #listen() {
    const news = (handler) => (...args) => {
      handler(...args);
      this.changes.emit('change');
    };
    this.socket.on('connect', news(() => {}));
    this.socket.on('disconnect', news((reason) => { this.reason = reason; }));
    // 2.x brings what the server sent, 4.x an Error with `data`.
    this.socket.on(this.generation === 2 ? 'error' : 'connect_error', news((refusal) => {
      this.refusal = this.generation === 2 ? { message: refusal } : refusal;
    }));
  }

  #onPacket({ nsp, type, data }) {
    if (nsp !== this.namespace) return;
    if (type === CONNECT) this.#onConnect(data);
    if (EVENTS.includes(type)) this.record.push({ event: data[0], args: data.slice(1) });
    this.changes.emit('change');
  }

  // The id is kept, because the clients forget theirs on disconnect, and 2.x has none before `connect`.
  #onConnect(data) {
    const prefix = this.namespace === '/' ? '' : `${this.namespace}#`;
    this.id = this.generation === 2 ? prefix + this.manager.engine.id : data?.sid;
    this.record.push({ event: '<connect>' });
  }
}

module.exports = { Client };
