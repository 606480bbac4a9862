// The part of node:assert that the scenarios need, for pages. Bytes are equal in any type of buffer.

const plain = (value) => {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { bytes: [...bytes] };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, plain(of)]));
  return value === undefined ? "undefined" : value;
};
const text = (value) => JSON.stringify(plain(value)).slice(0, 500);

function check(holds, ...values) {
  if (!holds) throw new Error(`assertion failed: ${values.map(text).join(" and ")}`);
}

export default {
  equal: (actual, expected) => check(Object.is(actual, expected), actual, expected),
  notEqual: (actual, expected) => check(!Object.is(actual, expected), actual, expected),
  deepEqual: (actual, expected) => check(JSON.stringify(plain(actual)) === JSON.stringify(plain(expected)), actual, expected),
  rejects: (promise, { message }) =>
    promise.then(
      (value) => check(false, value),
      (error) => check(error.message === message, error.message, message),
    ),
};
