// Formats a value as text, equally in a page and on a server: bytes look the same in any type of buffer.

const hex = (bytes) => [...bytes].map((byte) => (byte + 256).toString(16).slice(1)).join("");

/** Formats a value; with `holders`, bytes have the name of their type, which a server with Buffers cannot know. */
export function shown(value, holders = false) {
  if (typeof value === "string") return value.length < 1000 ? JSON.stringify(value) : `"${value.slice(0, 20)}..." of ${value.length}`;
  if (value instanceof ArrayBuffer) return `<${holders ? "ArrayBuffer " : ""}${hex(new Uint8Array(value))}>`;
  if (ArrayBuffer.isView(value)) {
    return `<${holders ? value.constructor.name + " " : ""}${hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}>`;
  }
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (Array.isArray(value)) return `[${value.map((item) => shown(item, holders)).join(", ")}]`;
  if (value && typeof value === "object") {
    const fields = Object.keys(value).map((key) => `${JSON.stringify(key)}: ${shown(value[key], holders)}`);
    return `{${fields.join(", ")}}`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}
