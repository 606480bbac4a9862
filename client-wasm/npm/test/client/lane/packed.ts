/** Packets in the format of a custom parser, for the clients that the fuzzer compares. */

import { Decoder, type Packet } from "socket.io-parser";

/** A parser, as applications give it. */
export interface Parser {
  Encoder: new () => { encode(packet: Partial<Packet>): unknown[] };
  Decoder: new () => { on(event: "decoded", listener: (packet: unknown) => void): unknown; add(data: unknown): void };
}

/** Packets that no server sends, as JSON: a line of the generator begins so. */
export const RAW = "!";

/** Marks the rest of a frame that was cut. */
const CUT = "~";

/** A parser of text frames: JSON of a packet, or of several, or a part of it whose rest follows. Bytes are lists of numbers. */
export const LISTS: Parser = {
  Encoder: class {
    encode = (packet: Partial<Packet>) => [
      JSON.stringify([packet], (_, value) =>
        ArrayBuffer.isView(value) ? { bytes: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] } : value,
      ),
    ];
  },
  Decoder: class {
    private _decoded: (packet: unknown) => void = () => {};
    private _part = "";
    on(_event: string, decoded: (packet: unknown) => void) {
      this._decoded = decoded;
    }
    add(text: string) {
      this._part += text.replace(CUT, "");
      if (text.endsWith(CUT)) return;
      const packets: unknown[] = JSON.parse(this._part, (_, value) => (value?.bytes ? Uint8Array.from(value.bytes) : value));
      this._part = "";
      packets.forEach(this._decoded);
    }
    destroy() {
      this._part = "";
    }
  },
};

/** Returns frames of the default parser in the format of another. What is not canonical is left out, other than `RAW`. */
export function packed(parser: Parser, frames: readonly (string | Uint8Array)[]): (string | Uint8Array)[] {
  const encoder = new parser.Encoder();
  const result: (string | Uint8Array)[] = [];
  const put = (packet: Partial<Packet>) =>
    result.push(...encoder.encode(packet).map((data) => (typeof data === "string" ? `4${data}` : (data as Uint8Array))));
  const decoder = new Decoder();
  decoder.on("decoded", put);
  for (const frame of frames) {
    if (typeof frame === "string" && frame.startsWith(RAW)) {
      if (parser === LISTS) result.push(...parts(frame.slice(RAW.length)));
      else put(JSON.parse(frame.slice(RAW.length))[0]);
    } else if (typeof frame === "string" && frame[0] !== "4") {
      result.push(frame);
    } else {
      try {
        decoder.add(typeof frame === "string" ? frame.slice(1) : frame);
      } catch {
        // A part that lacks the rest.
        decoder.destroy();
      }
    }
  }
  return result;
}

/** Returns a long text in two frames. */
const parts = (text: string) => (text.length % 3 ? [`4${text}`] : [`4${text.slice(0, 9)}${CUT}`, `4${text.slice(9)}`]);
