/** A line of the timeline. */

export type Direction = "in" | "out" | "none";

/** The filters of the timeline: each line is of one kind. */
export const KINDS = ["event", "ack", "namespace", "connection", "heartbeat", "problem"] as const;
export type Kind = (typeof KINDS)[number];

export interface Entry {
  /** Counts up from 1 and is never used again. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly direction: Direction;
  readonly kind: Kind;
  /** The namespace, or an empty text for the connection itself. */
  readonly namespace: string;
  /** The name of the event, or of what happened. */
  readonly name: string;
  /** The arguments, with binary data in its place. */
  args: unknown[];
  /** The ack id. */
  readonly id?: number | undefined;
  /** The messages on the wire. Long ones are cut. */
  readonly raw: (string | Uint8Array)[];
  /** The bytes or characters of all messages, before they are cut. */
  size: number;
  /** The number of binary messages that are still to come. */
  missing: number;
  /** Milliseconds from the event to its ack. */
  took?: number | undefined;
}

/** The part of an entry that is different each time; the rest has defaults. */
export type Draft = Pick<Entry, "kind" | "name"> & Partial<Omit<Entry, "number" | "missing">> & { missing?: number };

let last = 0;

/** Returns the number of a new line: larger than that of each earlier one, of any connection. */
export const nextNumber = (): number => ++last;
