/**
 * Packets as the machine takes them, read from texts, and parts of those that it sends. For hosts in Rust the core does this itself
 * (`client-core/src/wire`), with the same leniencies; here `JSON.parse`, `Number` and regular expressions do it for a tenth of the size.
 */

import { isReserved, TAIL } from "../canonical.js";

/** A packet from the server, in the order in which `client-wasm/src/received.rs` reads it. */
export interface ReadPacket {
  numbers: number[];
  texts: string[];
  /** The JSON without the header, or the binary frame. */
  payload?: string | ArrayBuffer | Uint8Array;
  /** In bytes; a text counts by characters, because it can be large. */
  size?: number;
}

// The kinds of packets, beside the digits of Engine.IO's types.
const PROBE = 7;
const BINARY = 8;
const UNKNOWN = 9;
const UNREADABLE = 10;

// The types of packets whose header is malformed.
const ILLEGAL_ATTACHMENTS = 7;
const UNKNOWN_TYPE = 8;

// How an event is named.
const FITS = 0;
const RESERVED = 1;
const BAD_NAME = 2;
const HEADER_TOO_LONG = 3;

/** The characters of a packet's front in which its header must be, and those of a payload that the header must leave for the event name. */
const SHOWN = 512;
const LEFT = 20;

/** Attachments and type, namespace, ack id. As for the official parsers, no type is 0, and a space is a digit. */
const HEADER = /^4(?:([56])([^-]*)-|([0-4\s]|$))(?:(\/[^,]*),?)?([\d\s]*)/;
/** The name of an event: a string, which is quoted in full, or the beginning of any string or number. */
const NAME = /^\[\s*(?:("(?:[^"\\]|\\.)*")|["\d-])/;
/** The string at the end of an array. */
const LAST_STRING = /[[,]\s*("(?:[^"\\]|\\.)*")\s*\]\s*$/;

function parse(json: string | undefined): unknown {
  try {
    return JSON.parse(json as string);
  } catch {
    return undefined;
  }
}

const idOf = (value: unknown): string => (typeof value === "string" && value.length <= SHOWN ? value : "");

/** Returns a number that is whole and not negative; else -1. */
const wholeOf = (value: unknown): number => (Number.isInteger(value) && (value as number) >= 0 ? (value as number) : -1);

/** Reads a packet; `undefined` is one that is not a packet at all. */
export function readPacket(data: string | ArrayBuffer | Uint8Array | undefined): ReadPacket {
  if (typeof data === "string") {
    if (data[0] === "0") return readHandshake(data);
    if (data[0] === "4") return readMessage(data);
    return { numbers: [data === "3probe" ? PROBE : /^[1-6]/.test(data) ? +(data[0] as string) : UNKNOWN], texts: [] };
  }
  if (!data) return { numbers: [UNREADABLE], texts: [] };
  const size = data.byteLength;
  const view = data as Uint8Array;
  const first = size ? new Uint8Array(view.buffer || data, view.byteOffset || 0, 1)[0] : undefined;
  return { numbers: [BINARY, first as number], texts: [], payload: data, size };
}

function readHandshake(text: string): ReadPacket {
  const { sid, upgrades, pingInterval, pingTimeout, maxPayload } = Object(parse(text.slice(1)));
  const offers = (name: string, value: number) => (Array.isArray(upgrades) && upgrades.indexOf(name) >= 0 ? value : 0);
  return {
    numbers: [0, wholeOf(pingInterval), wholeOf(pingTimeout), wholeOf(maxPayload), offers("websocket", 1) + offers("webtransport", 2)],
    texts: [idOf(sid)],
  };
}

function readMessage(text: string): ReadPacket {
  const [header = "", binary = "", count, plain = "", namespace = "/", id] = HEADER.exec(text.slice(0, SHOWN)) || [];
  const attachments = binary ? wholeOf(Number(count)) : 0;
  const payload = text.slice(header.length);
  let type = +(binary + plain);
  if (!header) type = /^4[56]/.test(text) ? ILLEGAL_ATTACHMENTS : UNKNOWN_TYPE;
  else if (binary && attachments < 1) type = ILLEGAL_ATTACHMENTS;
  const isEvent = type === 2 || type === 5;
  const { sid, pid } = Object(type ? undefined : parse(payload));
  const [, last] = (isEvent && LAST_STRING.exec(text.slice(-TAIL))) || [];
  const isTooLong = text.length > SHOWN && SHOWN - header.length < LEFT;
  return {
    numbers: [4, type, attachments, id ? Number(id) : NaN, payload.charCodeAt(0), isTooLong ? HEADER_TOO_LONG : isEvent ? nameOf(payload) : FITS],
    texts: [namespace, idOf(sid), idOf(pid), idOf(parse(last))],
    payload,
    size: payload.length,
  };
}

function nameOf(payload: string): number {
  const [found, quoted] = NAME.exec(payload.slice(0, SHOWN)) || [];
  return !found ? BAD_NAME : quoted && isReserved(parse(quoted)) ? RESERVED : FITS;
}

/** Writes the beginning of a CONNECT's object: the session to restore. With `goesOn`, the members of the payload follow. */
export const writeSession = (pid: string, offset: string, goesOn: boolean): string =>
  `{"pid":${JSON.stringify(pid)},"offset":${JSON.stringify(offset)}${goesOn ? "," : "}"}`;
