/** Types of the message envelope. */

import {
  type KnownAction,
  type Message,
  parseDenyMsg,
  parseExchangeMsg,
  parseMsg,
  readEnvelope,
  readOnline,
  sign,
} from "../../src/entry/envelope.js";

export function messages(value: unknown): void {
  const plain: Message<{}, { timestamp: number }> = parseMsg("saveId");
  const whole = parseMsg("exchange", { msg: "hi" }, { client: "a", trace: 7 });
  const { timestamp, client, trace }: { timestamp: number; client: string; trace: number } = whole.meta;
  const text: string = whole.data.payload.msg;
  // A given timestamp overrides the default, including its type.
  const late: string = parseExchangeMsg(1, { timestamp: "later" }).meta.timestamp;
  const none: null = parseMsg("x", null, null).data.payload;
  void [plain, timestamp, client, trace, text, late, none, parseDenyMsg(), sign("app", "key", timestamp)];

  const read = readEnvelope<{ msg: string }>(value);
  const isKnown: KnownAction = "deny";
  if (read.data.action === isKnown) read.data.payload.msg.length;
  const when: number | undefined = read.meta.timestamp;
  const ids: string[] = readOnline(value).clients.ids;
  void [when, ids, read.meta.extra["trace"]];

  // @ts-expect-error the payload is unknown
  readEnvelope(value).data.payload.msg;
  // @ts-expect-error an action is a string
  parseMsg(1);
  // @ts-expect-error a key is a string
  sign("app", 1, 2);
}
