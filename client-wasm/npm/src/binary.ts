/** The JSON of events and acks, and their attachments: deconstructs and reconstructs binary data exactly as socket.io-parser does. */

/** Returns whether a value is an object or array of this realm, like most. */
const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
};

/** Tells by the name, because another realm may have made the value: the `ArrayBuffer` of a mini-program host is not ours. */
export const isBinary = (value: object): boolean =>
  !isPlain(value) && (ArrayBuffer.isView(value) || /^\[object (ArrayBuffer|Blob|File)\]$/.test(Object.prototype.toString.call(value)));

export const isBlob = (value: unknown): value is Blob => /^\[object (Blob|File)\]$/.test(Object.prototype.toString.call(value));

/** Reads the content of a `Blob`, also where only a `FileReader` can. */
export const readBlob = (blob: Blob): Promise<ArrayBuffer> =>
  blob.arrayBuffer
    ? blob.arrayBuffer()
    : new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result as ArrayBuffer);
        reader.onerror = () => reject(reader.error);
        reader.readAsArrayBuffer(blob);
      });

/** Returns whether there is binary data anywhere in a value. Recurses like socket.io-parser: a cycle is a `RangeError`. */
function hasBinary(value: any, unwrapped?: boolean): boolean {
  if (Array.isArray(value)) {
    for (const item of value) if (item && typeof item === "object" && hasBinary(item)) return true;
    return false;
  }
  if (isBinary(value)) return true;
  if (!unwrapped && typeof value.toJSON === "function") {
    const json = value.toJSON();
    return !!json && typeof json === "object" && hasBinary(json, true);
  }
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item && typeof item === "object" && hasBinary(item)) return true;
  }
  return false;
}

/** Returns a copy with placeholders in place of binary data, which is added to `attachments`. */
function deconstruct(value: any, attachments: unknown[], unwrapped?: boolean): unknown {
  if (!value || typeof value !== "object" || value instanceof Date) return value;
  if (isBinary(value)) return { _placeholder: true, num: attachments.push(value) - 1 };
  if (Array.isArray(value)) return value.map((item) => deconstruct(item, attachments));
  if (!unwrapped && typeof value.toJSON === "function") return deconstruct(value.toJSON(), attachments, true);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = deconstruct(value[key], attachments);
  return copy;
}

const NONE: readonly unknown[] = [];

/** Returns the JSON text of arguments, and their attachments. */
export function serialize(args: unknown[]): [text: string, attachments: readonly unknown[]] {
  if (!hasBinary(args)) return [JSON.stringify(args), NONE];
  const attachments: unknown[] = [];
  return [JSON.stringify(deconstruct(args, attachments)), attachments];
}

/** Puts attachments in place of their placeholders; changes the value itself. */
export function reconstruct(value: any, attachments: unknown[]): any {
  if (!value || typeof value !== "object") return value;
  if (value._placeholder === true) {
    const { num } = value;
    if (typeof num === "number" && num >= 0 && num < attachments.length) return attachments[num];
    throw new Error("illegal attachments");
  }
  for (const key of Object.keys(value)) value[key] = reconstruct(value[key], attachments);
  return value;
}

/** Returns the bytes of an `ArrayBuffer`, of a view, or of a buffer from another realm. */
export const bytesOf = (data: unknown): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data as ArrayBuffer);

/** Converts a received attachment to the type that listeners get (`engine.binaryType`). */
export function toBinaryType(data: unknown, type: string): unknown {
  if (type === "blob") return new Blob([data as ArrayBuffer]);
  if (type !== "nodebuffer" && data instanceof ArrayBuffer) return data;
  const { buffer, byteOffset, byteLength } = bytesOf(data);
  if (type === "nodebuffer") return Buffer.isBuffer(data) ? data : Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}
