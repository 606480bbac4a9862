/** Binary data as text. */

/** Returns the bytes of a buffer or view, without copying them. */
export function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export const isBinary = (value: unknown): value is ArrayBuffer | ArrayBufferView => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

/** Returns the first `most` bytes in hexadecimal, such as `de ad be ef`. */
export function hex(bytes: Uint8Array, most = 64): string {
  const shown = [...bytes.subarray(0, most)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return bytes.length > most ? `${shown} …` : shown;
}

/** Returns a size in bytes, kB or MB. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Returns a value that JSON can hold: binary data becomes a text with its size and first bytes. */
export function readable(value: unknown): unknown {
  if (isBinary(value)) return `<${size(value.byteLength)}: ${hex(bytesOf(value), 16)}>`;
  if (Array.isArray(value)) return value.map(readable);
  if (value instanceof Error) return value.message;
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, readable(field)]));
  return value;
}
