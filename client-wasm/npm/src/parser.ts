/**
 * Custom parsers ({ Encoder, Decoder }, such as socket.io-msgpack-parser). The machine knows the standard heads alone: going out, its head
 * is read back into a packet for the encoder; coming in, a decoded packet is given a head, and a payload that stands for its value.
 */

import type { InFrame } from "./bodies.js";
import type { EngineVersion, OutFrame } from "./machine/contract.js";
import { sizeOf } from "./machine/size.js";
import { Outgoing } from "./outgoing.js";

interface Packet {
  type: number;
  nsp: string;
  data?: any;
  id?: number | undefined;
  options?: { compress: boolean };
}

/** How many values may wait to be asked for: an answer that nobody awaits is never asked for. */
const KEPT = 10000;

export class Bridge {
  private _encoder: { encode(packet: Packet): unknown[] };
  private _decoder: { on(event: "decoded", listener: (packet: Packet) => void): void; add(data: unknown): void; destroy?(): void };
  private _values = new Map<number, unknown>();
  private _next = 0;
  private _decoded: InFrame[] = [];

  constructor(
    parser: { Encoder: new () => any; Decoder: new () => any },
    private _binary: (data: unknown) => unknown,
  ) {
    this._encoder = new parser.Encoder();
    this._decoder = new parser.Decoder();
    this._decoder.on("decoded", (packet) => this._decoded.push(this._headed(packet)));
  }

  /** Writes an event when it is emitted: what cannot be written is an error there, and what happens to it later is nobody's. */
  _prepare(outgoing: Outgoing, id: number | undefined): void {
    const encoded = this._written(outgoing, id);
    outgoing.encoded = encoded;
    outgoing.encodedFor = id;
    outgoing.size = encoded.reduce<number>((size, part) => size + sizeOf(part, true), 0);
  }

  private _written({ type, nsp, data, compress }: Outgoing, id: number | undefined): unknown[] {
    const packet: Packet = { type, nsp, data, options: { compress } };
    if (id !== undefined) packet.id = id;
    return this._encoder.encode(packet);
  }

  /** The frames of one of the machine's. */
  _encode(frame: OutFrame, version: EngineVersion | undefined): OutFrame[] {
    const [, type, nsp, id] = /^4(\d)(?:(\/[^,]*),)?(\d*)/.exec(frame.head) || [];
    if (!type) return [frame];
    return this._packets(frame, +type, nsp || "/", id ? +id : undefined).map((data) => {
      const binary = typeof data !== "string";
      return { binary, head: binary ? (version === "eio3" ? "\x04" : "") : "4", payload: data };
    });
  }

  private _packets({ head, payload }: OutFrame, type: number, nsp: string, id: number | undefined): unknown[] {
    if (payload instanceof Outgoing) return payload.encoded && payload.encodedFor === id ? payload.encoded : this._written(payload, id);
    const packet: Packet = { type, nsp };
    // Of CONNECT, whose object may begin in the head.
    const text = head.replace(/^[^{]*/, "") + (payload || "");
    if (text) packet.data = JSON.parse(text);
    return this._encoder.encode(packet);
  }

  _encodeAll(frames: OutFrame[], version: EngineVersion | undefined): OutFrame[] {
    return ([] as OutFrame[]).concat(...frames.map((frame) => this._encode(frame, version)));
  }

  /** What the machine is to be told of frames that have come. */
  _decode(frames: (InFrame | ArrayBuffer)[], version: EngineVersion | undefined): InFrame[] {
    const all = (this._decoded = [] as InFrame[]);
    for (const frame of frames) {
      const isText = typeof frame === "string";
      if (!frame || (isText && frame[0] !== "4")) {
        all.push(frame as InFrame);
        continue;
      }
      try {
        this._decoder.add(isText ? frame.slice(1) : this._binary(version === "eio3" ? frame.slice(1) : frame));
      } catch {
        all.push("4x");
      }
    }
    return all;
  }

  /** What a payload of the machine's stands for. */
  _take(payload: string): unknown {
    const data = JSON.parse(payload);
    if (!Array.isArray(data)) return data;
    const value = this._values.get(+data[0]);
    this._values.delete(+data[0]);
    return value;
  }

  /** What came in pieces is forgotten with the connection. */
  _reset(): void {
    if (this._decoder.destroy) this._decoder.destroy();
  }

  private _headed({ type, nsp, id, data }: Packet): string {
    // Heads count attachments; here there are none.
    const head = "4" + (type > 4 ? type - 3 : type) + (nsp === "/" ? "" : nsp + ",") + (id == null ? "" : id);
    if (type === 1 || data === undefined) return head;
    if (!Array.isArray(data)) return head + JSON.stringify(data);
    const key = this._next++;
    this._values.set(key, data).delete(key - KEPT);
    // The last text of an event is its offset, where the server restores sessions.
    const last = data[data.length - 1];
    return head + JSON.stringify(typeof last === "string" ? ["" + key, last] : ["" + key]);
  }
}
