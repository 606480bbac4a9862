/** One line of the timeline as an element, which opens to the decoded and the raw form. */

import type { Entry } from "../packets/entry.js";
import { copy, h } from "../page/dom.js";
import { type TextKey, text } from "../page/texts.js";
import { hex, readable, size } from "../values/bytes.js";

/** Characters of the arguments in the closed line. */
const MAX_PREVIEW = 200;
/** Characters of the decoded and of the raw form; a browser needs seconds to lay out much more. All of it is copied. */
const MAX_SHOWN = 100_000;
/** Bytes that the raw form of a binary message shows. */
const MAX_HEX = 512;

const ARROWS = { in: "←", out: "→", none: "•" };

/** `again` is called to edit an event and send it again. */
export function row(entry: Entry, again: (entry: Entry) => void): HTMLLIElement {
  const details = h("details", {}, summary(entry));
  // The rest is made when it is needed: most lines are never opened.
  details.addEventListener("toggle", () => details.childElementCount < 2 && details.append(content(entry, again)), { once: true });
  const item = h("li", { "data-kind": entry.kind, "data-direction": entry.direction }, details);
  item.dataset.number = String(entry.number);
  return item;
}

function summary(entry: Entry): HTMLElement {
  const { direction, namespace, args, took, missing, kind } = entry;
  const arrow = h("span", { class: "arrow", "aria-hidden": "true" }, ARROWS[direction]);
  const spoken = direction !== "none" && h("span", { class: "visually-hidden" }, text(`entry.${direction}`));
  return h(
    "summary",
    {},
    h("time", { datetime: new Date(entry.time).toISOString() }, clock(entry.time)),
    arrow,
    spoken,
    h("span", { class: "namespace" }, namespace),
    h("b", {}, nameOf(entry)),
    kind === "ack" && h("span", { class: "tag" }, text("entry.ack")),
    took !== undefined && h("span", { class: "tag" }, text("entry.ms", { ms: took })),
    missing > 0 && h("span", { class: "tag" }, text("entry.missing", { count: missing })),
    h("code", {}, preview(args)),
    entry.size > 0 && h("span", { class: "size" }, size(entry.size)),
  );
}

function content(entry: Entry, again: (entry: Entry) => void): HTMLElement {
  const decoded = JSON.stringify(entry.args.map(readable), undefined, 2);
  const raw = entry.raw.map((part) => (typeof part === "string" ? part : hex(part, MAX_HEX))).join("\n");
  const content = h("div", { class: "content" }, ...block("entry.decoded", decoded));
  if (raw) content.append(...block("entry.raw", raw));
  if (entry.kind === "event" && entry.direction === "out") {
    const button = h("button", { type: "button" }, text("entry.again"));
    button.addEventListener("click", () => again(entry));
    content.append(button);
  }
  return content;
}

function block(title: TextKey, value: string): HTMLElement[] {
  const button = h("button", { type: "button", class: "quiet" }, text("entry.copy"));
  button.addEventListener("click", async () => {
    if (await copy(value)) button.textContent = text("copied");
  });
  return [h("div", { class: "block-head" }, h("h3", {}, text(title)), button), h("pre", { tabindex: 0 }, cut(value, MAX_SHOWN))];
}

/** Names that are not the name of an event are texts of the page. */
function nameOf({ kind, name, namespace }: Entry): string {
  return kind === "event" || kind === "ack" || (kind === "heartbeat" && !namespace) ? name : knownText(`entry.${name}`, name);
}

function knownText(key: string, fallback: string): string {
  const found = text(key as TextKey);
  return found === key ? fallback : found;
}

function preview(args: unknown[]): string {
  const all = args
    .map((value) => (typeof value === "string" ? JSON.stringify(value.slice(0, MAX_PREVIEW)) : JSON.stringify(readable(value))))
    .join(", ");
  return cut(all, MAX_PREVIEW);
}

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);

function clock(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
