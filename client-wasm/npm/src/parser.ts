/**
 * The adapter of custom parsers, such as socket.io-msgpack-parser. The machine only knows the heads of the default parser: the adapter turns
 * its heads into packets for the encoder, and decoded packets into a head with a key in place of the value.
 */

import type { EngineVersion, OutFrame } from "./machine/contract.js";
import { Outgoing, type Packet } from "./outgoing.js";
import type { InFrame } from "./polling-payload.js";

/** A decoded packet that has arguments, or the frame of another for the machine. */
export type Decoded = InFrame | [head: string, args: unknown[]];

/** Limit of stored values: the machine never asks for the value of an unexpected ack. */
const MAX_VALUES = 10000;

export class ParserAdapter {
  private _encoder: { encode(packet: Packet): unknown[] };
  private _decoder: { on(event: "decoded", listener: (packet: Packet) => void): void; add(data: unknown): void; destroy?(): void };
  private _values = new Map<number, unknown>();
  private _next = 0;
  private _decoded: Decoded[] = [];

  constructor(
    parser: { Encoder: new () => any; Decoder: new () => any },
    private _toBinaryType: (data: unknown) => unknown,
  ) {
    this._encoder = new parser.Encoder();
    this._decoder = new parser.Decoder();
    this._decoder.on("decoded", (packet) => this._decoded.push(this._withHead(packet)));
  }

  /** Encodes an event when it is emitted: `emit` throws the encoder's errors, and later changes of the arguments have no effect. */
  _prepare(outgoing: Outgoing, id: number | undefined): void {
    outgoing._encoded = this._encoder.encode(outgoing._packet(id));
  }

  /** Encodes a frame of the machine. An event or ack is encoded already. */
  _encode(frame: OutFrame, version: EngineVersion | undefined): OutFrame[] {
    const { head, payload } = frame;
    if (payload instanceof Outgoing) return this._frames(payload, version);
    const [, type, nsp] = /^4(\d)(?:(\/[^,]*),)?/.exec(head) || [];
    if (!type) return [frame];
    const packet: Packet = { type: +type, nsp: nsp || "/" };
    // The object of a CONNECT packet may begin in the head.
    const text = head.replace(/^[^{]*/, "") + (payload || "");
    if (text) packet.data = JSON.parse(text);
    return this._frames({ _encoded: this._encoder.encode(packet) }, version);
  }

  /** Returns the frames of an encoded packet. */
  _frames({ _encoded: encoded }: Pick<Outgoing, "_encoded">, version: EngineVersion | undefined): OutFrame[] {
    return (encoded as unknown[]).map((data) => {
      const binary = typeof data !== "string";
      return { binary, head: binary ? (version === "eio3" ? "\x04" : "") : "4", payload: data };
    });
  }

  /** Decodes received frames. */
  _decode(frames: (InFrame | ArrayBuffer)[], version: EngineVersion | undefined): Decoded[] {
    const all = (this._decoded = [] as Decoded[]);
    for (const frame of frames) {
      const isText = typeof frame === "string";
      if (!frame || (isText && frame[0] !== "4")) {
        all.push(frame as InFrame);
        continue;
      }
      try {
        this._decoder.add(isText ? frame.slice(1) : this._toBinaryType(version === "eio3" ? frame.slice(1) : frame));
      } catch {
        all.push("4x");
      }
    }
    return all;
  }

  /** Returns the value of a payload, and forgets it. */
  _take(payload: string): unknown {
    const data = JSON.parse(payload);
    if (!Array.isArray(data)) return data;
    const value = this._values.get(data[0]);
    this._values.delete(data[0]);
    return value;
  }

  /** Discards a partly received packet when the connection ends. */
  _reset(): void {
    if (this._decoder.destroy) this._decoder.destroy();
  }

  private _withHead({ type, nsp, id, data }: Packet): Decoded {
    // Heads count attachments; the values of a custom parser have none.
    const head = "4" + (type > 4 ? type - 3 : type) + (nsp === "/" ? "" : nsp + ",") + (id == null ? "" : id);
    return type === 1 || data === undefined ? head : Array.isArray(data) ? [head, data] : head + JSON.stringify(data);
  }

  /** Returns the frame for the machine. */
  _frameOf = (decoded: Decoded): InFrame => {
    if (!Array.isArray(decoded)) return decoded;
    const [head, args] = decoded;
    const key = this._next++;
    this._values.set(key, args).delete(key - MAX_VALUES);
    // The last string of an event is its offset if the server has connection state recovery. The machine sees no long one.
    const last = args[args.length - 1];
    return head + JSON.stringify(typeof last === "string" && last.length < 100 ? [key, last] : [key]);
  };
}
