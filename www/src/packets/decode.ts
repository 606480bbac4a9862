/** Reads Socket.IO packets for display. The package itself does not use this: it shows packets that the package refuses, too. */

import { isBinary } from "../values/bytes.js";

/** The types by their number on the wire. In 2.x, `refusal` is called ERROR and carries any value. */
export const TYPES = ["connect", "disconnect", "event", "ack", "refusal", "event", "ack"] as const;

export interface DecodedPacket {
  type: (typeof TYPES)[number];
  namespace: string;
  id: number | undefined;
  /** The number of binary messages that follow. */
  attachments: number;
  data: unknown;
}

/** Returns a packet, or `undefined` if the text is not one. */
export function decode(text: string): DecodedPacket | undefined {
  const [, digit, count, namespace, id, rest] = /^([0-6])(?:(\d{1,9})-)?(?:(\/[^,]*)(?:,|$))?(\d{1,15})?(.*)$/s.exec(text) || [];
  if (digit === undefined) return undefined;
  try {
    return {
      type: TYPES[+digit] as DecodedPacket["type"],
      namespace: (namespace || "/").split("?")[0] as string,
      id: id === undefined ? undefined : +id,
      attachments: count === undefined ? 0 : +count,
      data: rest ? JSON.parse(rest) : undefined,
    };
  } catch {
    return undefined;
  }
}

/** Returns `value` with its placeholders replaced by the attachments. A placeholder without its attachment stays. */
export function withAttachments(value: unknown, attachments: readonly Uint8Array[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withAttachments(item, attachments));
  if (!value || typeof value !== "object" || isBinary(value)) return value;
  const { _placeholder: isPlaceholder, num } = value as Record<string, unknown>;
  if (isPlaceholder === true && typeof num === "number") return attachments[num] || value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withAttachments(field, attachments)]));
}
