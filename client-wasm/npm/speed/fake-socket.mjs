// A WebSocket without a network: it answers the handshake of Socket.IO 4.x itself, and counts what is sent.

/** No heartbeat is due while something is measured. */
const HANDSHAKE = '0{"sid":"engine","upgrades":[],"pingInterval":100000000,"pingTimeout":20000,"maxPayload":1000000}';
const CONNECTED = '40{"sid":"socket"}';

export class FakeSocket {
  /** The last one. */
  static current;
  /** The packet that connects the namespace of the next one. */
  static connected = CONNECTED;

  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  /** The number of frames that were sent, and their size in characters or bytes. */
  frames = 0;
  size = 0;
  /** Called with each frame that is sent after the first, which asks for the namespace. */
  onsent = () => {};

  constructor(url) {
    this.url = url;
    FakeSocket.current = this;
    setImmediate(() => {
      this.readyState = 1;
      this.onopen({});
      this.receive(HANDSHAKE);
    });
  }

  send(data) {
    const { connected } = FakeSocket;
    if (!this.frames++) setImmediate(() => this.receive(connected));
    else this.onsent(data);
    this.size += typeof data === "string" ? data.length : data.byteLength;
  }

  receive(data) {
    this.onmessage({ data });
  }

  close() {
    this.readyState = 3;
  }
}
