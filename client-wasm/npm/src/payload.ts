/** The JSON of events and acks, with binary taken out of it and put back, exactly as socket.io-parser does. */

const name = (value: unknown) => Object.prototype.toString.call(value);
const own = Object.prototype.hasOwnProperty;

/** By its name where another realm may have made it: an `ArrayBuffer` of a mini-program's host is not ours. */
export const isBinary = (value: object): boolean => ArrayBuffer.isView(value) || /^\[object (ArrayBuffer|Blob|File)\]$/.test(name(value));

/** Whether there is binary anywhere in it. Recurses like the reference: a cycle is a `RangeError`. */
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
  for (const key in value) {
    const item = value[key];
    if (item && typeof item === "object" && own.call(value, key) && hasBinary(item)) return true;
  }
  return false;
}

/** A copy with placeholders in place of binary, which goes to `attachments`. */
function extract(value: any, attachments: unknown[], unwrapped?: boolean): unknown {
  if (!value || typeof value !== "object" || value instanceof Date) return value;
  if (isBinary(value)) return { _placeholder: true, num: attachments.push(value) - 1 };
  if (Array.isArray(value)) return value.map((item) => extract(item, attachments));
  if (!unwrapped && typeof value.toJSON === "function") return extract(value.toJSON(), attachments, true);
  const copy: Record<string, unknown> = {};
  for (const key in value) if (own.call(value, key)) copy[key] = extract(value[key], attachments);
  return copy;
}

/** The JSON text of arguments, and what goes beside it. */
export function serialize(args: unknown[]): [text: string, attachments: unknown[]] {
  const attachments: unknown[] = [];
  const data = hasBinary(args) ? extract(args, attachments) : args;
  return [JSON.stringify(data), attachments];
}

/** Puts attachments back where their placeholders are; the value itself is changed. */
export function restore(value: any, attachments: unknown[]): any {
  if (!value || typeof value !== "object") return value;
  if (value._placeholder === true) {
    const { num } = value;
    if (typeof num === "number" && num >= 0 && num < attachments.length) return attachments[num];
    throw new Error("illegal attachments");
  }
  for (const key in value) if (own.call(value, key)) value[key] = restore(value[key], attachments);
  return value;
}
