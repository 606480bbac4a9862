/** The transport `WebTransport`: Engine.IO frames in one stream over HTTP/3. In Node, a package provides the global class. */

import { isBlob, readBlob } from "./binary.js";
import type { TransportOptions } from "./options.js";
import { BadFrame, encodeFrame, readFrames } from "./stream-frames.js";
import { TransportError, type TransportEvents, type TransportHandle } from "./transport.js";

declare const WebTransport: any;

/** How long a session that is closed may take to send a part of what it was given, in milliseconds. */
const LINGER = 1000;

class WebTransportTransport implements TransportHandle {
  private _session: any;
  private _writer: any;
  private _isClosed = false;
  /** The bytes that the stream has not taken yet. */
  private _unsent = 0;
  /** The frames before this one, while they wait for the content of a `Blob`. */
  private _blob: Promise<void> | undefined;

  get name() {
    return "webtransport";
  }

  constructor(
    uri: string,
    opts: TransportOptions,
    private _on: TransportEvents,
  ) {
    const session = (this._session = new WebTransport(uri, (opts.transportOptions as any)[this.name]));
    // A page that goes into the back/forward cache stops before the stream has sent the rest.
    if (typeof addEventListener === "function") addEventListener("pagehide", this._onHide);
    session.closed.then(() => this._isClosed || _on.lost(undefined), this._fail);
    session.ready
      .then(() => session.createBidirectionalStream())
      .then((stream: any) => {
        // A package for Node cannot close a session that is not ready.
        if (this._isClosed) return this._end();
        this._writer = stream.writable.getWriter();
        // The end of a stream may be an error, too; `closed` tells why the session ends.
        this._writer.closed.catch(() => this._end());
        const sid = new URL(uri).searchParams.get("sid");
        // A session asks for itself by the first packet, or names the one that it takes over.
        this.send("0" + (sid ? JSON.stringify({ sid }) : ""));
        _on.opened();
        const reader = stream.readable.getReader();
        const receive = readFrames((data) => this._isClosed || _on.received(data));
        const ended = (error?: unknown) => (error instanceof BadFrame ? this._fail(error) : this._end());
        const read = () => {
          reader
            .read()
            .then(({ done, value }: any) => {
              if (done) return ended();
              receive(value);
              read();
            })
            .catch(ended);
        };
        read();
      })
      .catch(this._fail);
  }

  private _fail = (error: unknown): void => {
    if (!this._isClosed) this._on.lost(new TransportError("webtransport error", error));
    this._end();
  };

  send(data: unknown): void {
    // Like a WebSocket that is not open.
    if (!this._writer) return;
    const write = (frame: Uint8Array) =>
      this._writer.write(frame).then(
        () => (this._unsent -= frame.length),
        () => {},
      );
    const encode = (data: unknown) => {
      const frame = encodeFrame(data);
      this._unsent += frame.length;
      return frame;
    };
    // The caller may change its data after this call, but not a `Blob`.
    const frame = isBlob(data) ? readBlob(data).then(encode) : encode(data);
    if (this._blob || frame instanceof Promise) {
      const blob = (this._blob = Promise.all([frame, this._blob]).then(([frame]) => {
        if (this._blob === blob) this._blob = undefined;
        void write(frame);
      }));
      blob.catch(this._fail);
    } else {
      void write(frame);
    }
  }

  bufferedAmount(): number {
    return this._unsent;
  }

  close(): void {
    this._isClosed = true;
    if (!this._writer) {
      this._end();
      return;
    }
    let unsent = Infinity;
    const end = () => {
      clearInterval(timer);
      this._end();
    };
    const timer = setInterval(() => {
      if (this._unsent >= unsent) end();
      unsent = this._unsent;
    }, LINGER);
    // The end of the session discards what the stream has not sent.
    void Promise.resolve(this._blob)
      .then(() => this._writer.close())
      .then(end, end);
  }

  private _onHide = (): void => {
    if (this._isClosed) this._end();
  };

  private _end(): void {
    if (typeof removeEventListener === "function") removeEventListener("pagehide", this._onHide);
    try {
      this._session.close();
    } catch {
      // It has ended already.
    }
  }
}

export { WebTransportTransport as WebTransport };
