// The official client 2.x or 4.x over WebSocket, with a record of all packets that its namespace receives.
'use strict';

const { EventEmitter } = require('events');

// Milliseconds.
const TIMEOUT = 60000;
const CONNECT = 0;
// The type of a complete event with attachments is 5 in 2.x and 2 in 4.x.
const EVENTS = [2, 5];

const libraries = {
  2: require('socket.io-client-2'),
  4: require('socket.io-client-4'),
};

class Client {
  // `options`: query, auth, headers; `url` is without a namespace.
  static open(version, url, namespace, options = {}) {
    const { Manager } = libraries[version];
    const manager = new Manager(url, {
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      query: options.query,
      extraHeaders: options.headers,
    });
    return new Client(version, manager, namespace, options);
  }

  constructor(version, manager, namespace, options = {}) {
    this.version = version;
    this.manager = manager;
    this.namespace = namespace;
    // Entries are {event, args}; CONNECT is {event: '<connect>'}, so that the record shows its place.
    this.record = [];
    this.refusal = undefined;
    this.reason = undefined;
    this.changes = new EventEmitter().setMaxListeners(0);

    // Listens to the manager, not to the socket, because 2.5.0 buffers events until `connect`.
    manager.on('packet', (packet) => this.#onPacket(packet));
    this.socket = manager.socket(namespace, { auth: options.auth, query: options.namespaceQuery });
    this.#listen();
    this.socket.open();
  }

  // Returns a client for another namespace on the same connection.
  sibling(namespace, options) {
    return new Client(this.version, this.manager, namespace, options);
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

  // Returns the arguments of the `count`th event of this name since the beginning.
  async received(event, count = 1) {
    await this.until(() => this.all(event).length >= count, `event ${event} number ${count}`);
    return this.all(event)[count - 1];
  }

  all(event) {
    return this.record.filter((entry) => entry.event === event).map((entry) => entry.args);
  }

  // Returns the names of all received events, in order.
  order() {
    return this.record.map((entry) => entry.event);
  }

  emit(event, ...args) {
    this.socket.emit(event, ...args);
  }

  // Emits with an ack request. Returns the arguments of the ack.
  async emitWithAck(event, ...args) {
    let answer;
    this.socket.emit(event, ...args, (...values) => {
      answer = values;
      this.changes.emit('change');
    });
    await this.until(() => answer !== undefined, `the ack of ${event}`);
    return answer;
  }

  close() {
    this.socket.close();
  }

  until(condition, description) {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition()) return;
        finish(resolve);
      };
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.changes.off('change', check);
        settle(value);
      };
      const timer = setTimeout(() => {
        finish(reject, new Error(`waited ${TIMEOUT} ms for ${description}; received ${JSON.stringify(this.record)}`));
      }, TIMEOUT);
      this.changes.on('change', check);
      check();
    });
  }

  #listen() {
    const notify = (handler) => (...args) => {
      handler(...args);
      this.changes.emit('change');
    };
    this.socket.on('connect', notify(() => {}));
    this.socket.on('disconnect', notify((reason) => { this.reason = reason; }));
    // 2.x passes the payload of the refusal, 4.x an Error with `data`.
    this.socket.on(this.version === 2 ? 'error' : 'connect_error', notify((refusal) => {
      this.refusal = this.version === 2 ? { message: refusal } : refusal;
    }));
  }

  #onPacket({ nsp, type, data }) {
    if (nsp !== this.namespace) return;
    if (type === CONNECT) this.#onConnect(data);
    if (EVENTS.includes(type)) this.record.push({ event: data[0], args: data.slice(1) });
    this.changes.emit('change');
  }

  // Stores the id, because the official clients clear it on disconnect, and 2.x sets it at `connect` only.
  #onConnect(data) {
    const prefix = this.namespace === '/' ? '' : `${this.namespace}#`;
    this.id = this.version === 2 ? prefix + this.manager.engine.id : data?.sid;
    this.record.push({ event: '<connect>' });
  }
}

module.exports = { Client };
