/**
 * The canonical form of events and acks: the packets that may pass the machine by. Every server and client writes it; all that departs from it
 * is the machine's to judge.
 */

/** Names that an application must not emit, and that no server may send. */
const RESERVED = new Set<unknown>(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]);

export const isReserved = (name: unknown): boolean => RESERVED.has(name);

/** Returns whether an event may have this name: a string that is not reserved, or a number. */
export const isEventName = (name: unknown): boolean => (typeof name === "string" && !RESERVED.has(name)) || typeof name === "number";

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

/**
 * A type, with the number of attachments if there are any; a name; an id. A longer name may not be whole in what the machine sees of a packet,
 * and a number of more digits is not exact.
 */
const HEADER = /^4(?:[23]|[56]([1-9]\d?)-)(?:(\/[^,]{0,99}),)?(\d{1,15})?(?=\[)/;

/** Reads the header of a canonical packet: `42[`, `42/name,[`, `42<id>[`, `43<id>[`, or `45<n>-` and `46<n>-` in place of `42` and `43`. */
export function readHeader(text: string): Header | undefined {
  // Most packets have this header.
  if (text.startsWith("42[")) return { isAck: false, attachments: 0, name: "/", id: -1, length: 2 };
  const match = HEADER.exec(text);
  if (!match) return undefined;
  const [head, attachments = 0, name = "/", digits = -1] = match;
  const id = +digits;
  const isAck = text[1] === "3" || text[1] === "6";
  return isAck && id < 0 ? undefined : { isAck, attachments: +attachments, name, id, length: head.length };
}

/** Writes a header; the id is -1 for none. */
export const writeHeader = (isAck: boolean, attachments: number, name: string, id: number): string =>
  "4" + ((attachments ? 5 : 2) + +isAck) + (attachments ? attachments + "-" : "") + (name === "/" ? "" : name + ",") + (id < 0 ? "" : id);
