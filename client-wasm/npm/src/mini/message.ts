/** Messages between a host and the adapters: bytes, text, base64, and what hosts wrap around them. */

import { fromBase64, toBase64 } from "../base64.js";
import { bytesOf } from "../binary.js";
import type { HostMessage } from "./host-api.js";

/** Tells by the name, because the host makes its buffers in another realm. */
const isBuffer = (value: unknown): value is ArrayBuffer => Object.prototype.toString.call(value) === "[object ArrayBuffer]";

/** Returns an `ArrayBuffer` with exactly the bytes of a buffer or view: hosts take no views. */
export function exactBuffer(data: unknown): ArrayBuffer {
  const bytes = bytesOf(data);
  const { buffer } = bytes;
  return isBuffer(buffer) && bytes.byteLength === buffer.byteLength ? buffer : (bytes.slice().buffer as ArrayBuffer);
}

/** Returns the fields of a message to send. */
export function outgoing(data: unknown, base64: boolean | undefined): { data: string | ArrayBuffer; isBuffer?: boolean } {
  if (typeof data === "string") return { data };
  return base64 ? { data: toBase64(bytesOf(data)), isBuffer: true } : { data: exactBuffer(data) };
}

/** Returns the text or bytes of a received message; `undefined` if it has neither. Alipay nests it once more in `data`. */
export function incoming(message: HostMessage | undefined): string | ArrayBuffer | undefined {
  const data = message ? message.data : undefined;
  if (isBuffer(data)) return data;
  if (typeof data === "string") return message && message.isBuffer ? exactBuffer(fromBase64(data)) : data;
  if (ArrayBuffer.isView(data)) return exactBuffer(data);
  const isNested = !!data && typeof data === "object" && "data" in data;
  return isNested ? incomingNested(data as HostMessage) : undefined;
}

/** A message is nested once at most. */
function incomingNested(message: HostMessage): string | ArrayBuffer | undefined {
  const { data } = message;
  return !data || typeof data !== "object" || isBuffer(data) || ArrayBuffer.isView(data) ? incoming(message) : undefined;
}
