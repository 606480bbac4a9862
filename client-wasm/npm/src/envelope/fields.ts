/** Objects with known fields and extra fields, which are kept. */

const own = Object.prototype.hasOwnProperty;

/** Fields that a type does not know. They are kept. */
export type Extra = Record<string, unknown>;

/** Returns the value as an object, or throws a `TypeError` that names the expected value. */
export function object(value: unknown, expected: string): Extra {
  if (typeof value === "object" && value && !Array.isArray(value)) return value as Extra;
  throw new TypeError(`expected ${expected}, an object`);
}

/** Returns the field `action`, which is required. */
export function actionOf(fields: Extra): string {
  const { action } = fields;
  if (typeof action === "string") return action;
  throw new TypeError("expected `action`, a string");
}

/** Returns the unknown fields, in their order. */
export const others = (fields: Extra, isKnown: (name: string) => boolean): Extra =>
  put(
    {},
    Object.keys(fields).filter((name) => !isKnown(name)),
    fields,
  );

/** Adds the extra fields to an object, except those with a name that it already has. */
export const withExtra = <T extends object>(written: T, extra: Extra): T =>
  put(
    written,
    Object.keys(extra).filter((name) => !own.call(written, name)),
    extra,
  );

/** Defines the fields instead of assigning them, because a field may be named `__proto__`. */
function put<T extends object>(target: T, names: string[], source: Extra): T {
  for (const name of names) Object.defineProperty(target, name, { value: source[name], writable: true, enumerable: true, configurable: true });
  return target;
}
