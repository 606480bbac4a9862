/**
 * The canonical form of events and acks: the packets that may pass the machine by. Every server and client writes it; all that departs from it
 * is the machine's to judge.
 */

/** Names that an application must not emit, and that no server may send. */
const RESERVED = new Set<unknown>(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]);

export const isReserved = (name: unknown): boolean => RESERVED.has(name);

/** Returns whether an event may have this name: a string that is not reserved, or a number. */
export const isEventName = (name: unknown): boolean => (typeof name === "string" && !RESERVED.has(name)) || typeof name === "number";

/** The characters of a packet's end in which its offset for recovery must be, if it has one. */
export const TAIL = 128;

/** The header of a canonical packet. */
export interface Header {
  isAck: boolean;
  /** How many binary frames follow. */
  attachments: number;
  /** The name of the namespace. */
  name: string;
  /** The id of the ack; -1 for none. */
  id: number;
  /** The length of the header: the payload follows, which begins with a bracket. */
  length: number;
}

/** A longer name may not be whole in what the machine sees of a packet, and a number of more digits is not exact. */
const MOST_NAME = 100;
const MOST_DIGITS = 15;

/** The position after the last digit that `readNumber` has read. */
let end = 0;

/** Reads the digits that begin at a position. Returns -1 if there are none. */
function readNumber(text: string, at: number): number {
  let number = -1;
  let c: number;
  for (end = at; (c = text.charCodeAt(end)) > 47 && c < 58; end++) number = Math.max(number, 0) * 10 + c - 48;
  return number;
}

/**
 * Reads the header of a canonical packet: `42[`, `42/name,[`, `42<id>[`, `43<id>[`, or `45<n>-` and `46<n>-` in place of `42` and `43`. By
 * characters: a regular expression takes longer than all the rest of the lane.
 */
export function readHeader(text: string): Header | undefined {
  const type = text[1] as string;
  let attachments = 0;
  let name = "/";
  let at = 2;
  if (text[0] !== "4" || "2356".indexOf(type) < 0) return undefined;
  if (type > "4") {
    attachments = readNumber(text, at);
    if (text[at] === "0" || attachments < 1 || end > 4 || text[end] !== "-") return undefined;
    at = end + 1;
  }
  if (text[at] === "/") {
    const comma = text.indexOf(",", at);
    if (comma < 0 || comma - at > MOST_NAME) return undefined;
    name = text.slice(at, comma);
    at = comma + 1;
  }
  const id = readNumber(text, at);
  const isAck = type === "3" || type === "6";
  return text[end] === "[" && end - at <= MOST_DIGITS && (id >= 0 || !isAck) ? { isAck, attachments, name, id, length: end } : undefined;
}

const TYPES = ["40", "41", "42", "43"];

/** Writes a header: `type` is that of a packet without attachments, and the id is -1 for none. */
export const writeHeader = (type: number, attachments: number, name: string, id: number): string =>
  (attachments ? (type > 2 ? "46" : "45") + attachments + "-" : TYPES[type]) + (name === "/" ? "" : name + ",") + (id < 0 ? "" : id);
