// A value as text, in a page as on a server: bytes are bytes, whatever holds them.

const hex = (bytes) => [...bytes].map((byte) => (byte + 256).toString(16).slice(1)).join("");

/** Names say what holds the bytes, where that is no Buffer of Node's. */
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
