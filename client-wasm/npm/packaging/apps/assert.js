// As much of node:assert as the scenarios want, in a page. Bytes are the same whatever holds them.

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

function must(holds, ...values) {
  if (!holds) throw new Error(`not so: ${values.map(text).join(" and ")}`);
}

export default {
  equal: (actual, expected) => must(Object.is(actual, expected), actual, expected),
  notEqual: (actual, expected) => must(!Object.is(actual, expected), actual, expected),
  deepEqual: (actual, expected) => must(JSON.stringify(plain(actual)) === JSON.stringify(plain(expected)), actual, expected),
  rejects: (promise, { message }) =>
    promise.then(
      (value) => must(false, value),
      (error) => must(error.message === message, error.message, message),
    ),
};
