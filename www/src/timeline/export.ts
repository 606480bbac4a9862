/** The timeline as a file. */

import type { Entry } from "../packets/entry.js";
import { bytesOf, isBinary } from "../values/bytes.js";

/** Returns the lines as JSON. Binary data is in base64, as `{"$base64": "…"}`. What was sent to connect a namespace is left out: it is a token. */
export function exported(entries: readonly Entry[], about: Record<string, unknown>): string {
  return JSON.stringify({ ...about, entries: entries.map(plain) }, undefined, 1);
}

function plain({ time, took, args, raw, direction, namespace, ...entry }: Entry): Record<string, unknown> {
  const isAuth = direction === "out" && entry.kind === "namespace";
  return {
    ...entry,
    time: new Date(time).toISOString(),
    direction: direction === "none" ? undefined : direction,
    namespace: namespace || undefined,
    milliseconds: took,
    arguments: isAuth ? [] : args.map(encoded),
    raw: isAuth ? [] : raw.map(encoded),
  };
}

function encoded(value: unknown): unknown {
  if (isBinary(value)) return { $base64: base64(bytesOf(value)) };
  if (Array.isArray(value)) return value.map(encoded);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, encoded(field)]));
  return value;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // An argument list has a limit.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
