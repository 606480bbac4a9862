/** What all that is read here has in common: objects with known fields, and others that are kept. */

const own = Object.prototype.hasOwnProperty;

/** Fields that have no place of their own in a type: kept, never lost. */
export type Extra = Record<string, unknown>;

/** The value as an object, or an error that says what was expected. */
export function object(value: unknown, expected: string): Extra {
  if (typeof value === "object" && value && !Array.isArray(value)) return value as Extra;
  throw new TypeError(`expected ${expected}, an object`);
}

/** Its `action`, without which there is no message. */
export function actionOf(fields: Extra): string {
  const { action } = fields;
  if (typeof action === "string") return action;
  throw new TypeError("expected `action`, a string");
}

/** The fields but the known ones, in their order. */
export const others = (fields: Extra, isKnown: (name: string) => boolean): Extra =>
  put(
    {},
    Object.keys(fields).filter((name) => !isKnown(name)),
    fields,
  );

/** Adds the kept fields to one that is written, but for those that it has already: no name stands in it twice. */
export const withExtra = <T extends object>(written: T, extra: Extra): T =>
  put(
    written,
    Object.keys(extra).filter((name) => !own.call(written, name)),
    extra,
  );

/** Defined, not assigned: a field may be named `__proto__`. */
function put<T extends object>(target: T, names: string[], source: Extra): T {
  for (const name of names) Object.defineProperty(target, name, { value: source[name], writable: true, enumerable: true, configurable: true });
  return target;
}
