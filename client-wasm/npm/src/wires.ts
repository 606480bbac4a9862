/** The open full-duplex links and pending requests of a connection: starts them, writes to them, and passes on their events. */

import { fromBase64 } from "./base64.js";
import { bytesOf, isBlob, readBlob } from "./binary.js";
import type { Engine } from "./engine.js";
import type { EngineVersion, Link, OutFrame, Payload, Target } from "./machine/contract.js";
import { Outgoing } from "./outgoing.js";
import type { ParserAdapter } from "./parser.js";
import { guard } from "./platform.js";
import { decodePayload, encodePayload, frameAsText, type InFrame, versionOfBody } from "./polling-payload.js";
import { MAX_PONGS, type TransportEvents, type TransportHandle } from "./transport.js";
import { decodeUtf8 } from "./utf8.js";

export type Frame = string | ArrayBuffer | Uint8Array;

/** The owner of the wires, which takes their events to the machine. */
export interface WireHost {
  readonly _engine: Engine | undefined;
  readonly _parser: ParserAdapter | undefined;
  /** The links that may take over from polling. */
  readonly _probes: Map<Link, unknown>;
  /** The Engine.IO version of the server; `undefined` while it is not known. */
  _version(): EngineVersion | undefined;
  /** A ping is about to be written. */
  _pinged(): void;
  /** A payload is about to be written. */
  _beforeSend(payload: Payload): void;
  _wireOpened(link: Link): void;
  _wireReceived(engine: Engine, link: Link, frame: Frame): void;
  /** An HTTP response; `frames` is empty for a POST. */
  _wireResponded(engine: Engine, link: Link, version: EngineVersion, frames: InFrame[]): void;
  /** An error, or the close of a full-duplex link. */
  _wireLost(link: Link, error: Error | undefined, details: unknown): void;
}

/** A WebSocket or a WebTransport. */
type DuplexHandle = Required<TransportHandle>;

const isDuplex = (wire: TransportHandle | undefined): wire is DuplexHandle => !!wire && !!wire.send;

/** A wire is the transport of one link: of one WebSocket, WebTransport or request that the machine has opened. */
export class Wires {
  /** The transports of all links; `undefined` for a link that is not started yet. */
  readonly _links = new Map<Link, TransportHandle | undefined>();
  /** Whether the last event was to be compressed: its attachments are treated alike. */
  private _compress = true;
  /** The pongs since the platform had sent all frames. */
  private _pongs = 0;
  /** The target of the session's last polling request. */
  private _pollingTarget: Target | undefined;

  constructor(private _host: WireHost) {}

  /** Starts the transport of a link. */
  _start(link: Link, target: Target, body?: string): void {
    if (target.transport === "polling" && target.sid) this._pollingTarget = target;
    const engine = this._host._engine as Engine;
    this._links.set(link, undefined);
    this._attempt(link, () => {
      this._links.set(link, engine._start(target, this._events(engine, link, target, body), body));
    });
  }

  /** Posts packets as one body. The content of a `Blob` is read first, which is asynchronous. */
  _post(link: Link, target: Target, frames: OutFrame[]): void {
    this._links.set(link, undefined);
    const encoded: OutFrame[] = [];
    for (const frame of frames) {
      for (const part of this._encode(frame, target.bodyVersion)) {
        this._notifySent(part);
        encoded.push(part);
      }
    }
    const payloads = encoded.map(({ binary, payload }) => (binary && isBlob(payload) ? readBlob(payload) : payload));
    const post = (payloads: unknown[]) => {
      const body = encodePayload(
        target.bodyVersion,
        encoded.map((frame, i) => Object.assign({}, frame, { payload: payloads[i] })),
      );
      if (this._links.has(link)) this._start(link, target, body);
    };
    if (payloads.some((payload) => payload instanceof Promise)) {
      Promise.all(payloads)
        .then(post)
        .catch((error) => this._fail(link, error));
    } else {
      post(payloads);
    }
  }

  /** Sends a frame over a full-duplex link. */
  _send(link: Link, frame: OutFrame): void {
    const wire = this._links.get(link);
    if (!isDuplex(wire)) return;
    // A server that pings on and does not read has its answer in the pongs that wait.
    if (frame.head === "3" && (this._pongs = this._isCongested() ? this._pongs + 1 : 0) > MAX_PONGS) return;
    for (const encoded of this._encode(frame)) this._writeFrame(link, wire, encoded);
  }

  /** Sends the frames of an event or ack past the machine. */
  _sendDirect(link: Link, frames: OutFrame[], compress: boolean): void {
    const wire = this._links.get(link);
    if (!isDuplex(wire)) return;
    this._compress = compress;
    for (const frame of frames) this._writeFrame(link, wire, frame);
  }

  /** Sends a frame over every full-duplex link. */
  _sendAll(frame: OutFrame): void {
    for (const link of this._links.keys()) this._send(link, frame);
  }

  /** Closes a link, which then reports nothing more. */
  _drop(link: Link): void {
    const wire = this._links.get(link);
    this._links.delete(link);
    close(wire);
  }

  /** Sends a close packet to a polling session, then closes every link and reports it as lost. */
  _abort(): void {
    this._sendClose();
    this._pollingTarget = undefined;
    // The requests of a session first: it has no other transport to try then.
    for (const isLast of [false, true])
      for (const [link, wire] of [...this._links]) if (this._links.has(link) && isDuplex(wire) === isLast) this._lost(link);
  }

  /** Closes everything when the page unloads; the server receives a close packet, the application nothing. */
  _closeAll(): void {
    this._sendClose();
    this._links.forEach(close);
  }

  /** Returns whether the platform has not sent all frames yet. */
  _isCongested(): boolean {
    for (const [link, wire] of this._links) if (wire && wire.bufferedAmount && wire.bufferedAmount() && !this._host._probes.has(link)) return true;
    return false;
  }

  /**
   * Posts a close packet if there is a polling session (engine.io-client 6.6, `doClose`): the server would else wait for the next poll. The
   * response is ignored.
   */
  private _sendClose(): void {
    const { _pollingTarget: target } = this;
    const engine = this._host._engine as Engine;
    if (!target || engine.transport.name !== "polling" || engine.readyState !== "open") return;
    try {
      engine._start(target, IGNORED, encodePayload(target.bodyVersion, [{ binary: false, head: "1", payload: undefined }]));
    } catch {
      // The session ends anyway.
    }
  }

  private _events(engine: Engine, link: Link, { transport, bodyVersion }: Target, body: string | undefined): TransportEvents {
    const host = this._host;
    const isFullDuplex = transport !== "polling";
    return {
      opened: () => this._attempt(link, () => host._wireOpened(link)),
      received: (data, type) => {
        try {
          if (!this._links.has(link)) return;
          if (isFullDuplex) {
            host._wireReceived(engine, link, typeof data === "string" && data[0] === "b" ? decodeBase64(data, host._version()) : data);
          } else {
            const isText = type !== undefined && typeof data !== "string" && !/octet-stream/.test(type);
            const response = isText ? decodeUtf8(bytesOf(data)) : (data as string | ArrayBuffer);
            const version = bodyVersion || (body === undefined ? versionOfBody(response) : "eio4");
            const frames = body === undefined ? decodePayload(version, response) : [];
            this._links.delete(link);
            guard(() => host._wireResponded(engine, link, version, frames));
          }
        } catch (error) {
          this._fail(link, error);
        }
      },
      lost: (error, details) => this._links.has(link) && this._lost(link, error, details),
    };
  }

  /** Calls the platform, or is called by it: an error ends the link, and does not reach the machine or the platform. */
  _attempt(link: Link, run: () => void): void {
    try {
      run();
    } catch (error) {
      this._fail(link, error);
    }
  }

  /** Reports a link as lost after this turn, because the machine may be running. */
  private _fail(link: Link, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    void Promise.resolve().then(() => {
      if (this._links.has(link)) {
        this._drop(link);
        this._host._wireLost(link, error, undefined);
      }
    });
  }

  private _lost(link: Link, error?: Error, details?: unknown): void {
    this._drop(link);
    this._host._wireLost(link, error, details);
  }

  /** Prepares a frame to be written: calls the listeners for its event, and the custom parser. */
  private _encode(frame: OutFrame, version?: EngineVersion): OutFrame[] {
    const { _parser: parser } = this._host;
    const { binary, payload } = frame;
    this._compress = payload instanceof Outgoing ? payload.compress : !binary || this._compress;
    this._host._beforeSend(payload);
    return parser ? parser._encode(frame, version || this._host._version()) : [frame];
  }

  private _writeFrame(link: Link, wire: DuplexHandle, frame: OutFrame): void {
    const { binary, head, payload } = frame;
    try {
      this._notifySent(frame);
      const isText = !binary || ((this._host._engine as Engine).opts.forceBase64 && !isBlob(payload));
      wire.send(isText ? frameAsText(frame) : head ? withTypeByte(head, payload) : payload, this._compress);
    } catch (error) {
      this._fail(link, error);
    }
  }

  /** Calls the engine's listeners for a packet that is sent. As in engine.io-client, a transport's own packets (close, upgrade, probe) have no events. */
  private _notifySent(frame: OutFrame): void {
    const engine = this._host._engine as Engine;
    if (frame.head === "2") this._host._pinged();
    if (!engine._hasAnyListeners() || /^([15]|2p)/.test(frame.head)) return;
    guard(() => engine._onPacketCreate(frame.binary ? frame.payload : frameAsText(frame), this._compress));
  }
}

function close(wire: TransportHandle | undefined): void {
  try {
    if (wire) wire.close();
  } catch {
    // The platform has closed it already.
  }
}

const IGNORED: TransportEvents = { opened() {}, received() {}, lost() {} };

/** Decodes a binary frame that was sent as text. */
const decodeBase64 = (text: string, version: EngineVersion | undefined) =>
  version === "eio3" ? (decodePayload("eio3", text.length + ":" + text)[0] as Uint8Array) : fromBase64(text.slice(1));

/** Puts the packet type in front of a binary frame, as Engine.IO 3 requires. */
function withTypeByte(head: string, payload: unknown): unknown {
  const type = Uint8Array.of(head.charCodeAt(0));
  if (isBlob(payload)) return new Blob([type, payload]);
  const bytes = bytesOf(payload);
  const frame = new Uint8Array(bytes.length + 1);
  frame.set(type);
  frame.set(bytes, 1);
  return frame;
}
