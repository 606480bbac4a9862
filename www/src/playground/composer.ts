/** The form that sends an event: arguments in JSON with their faults by position, files, and an ack. */

import { h, setText } from "../page/dom.js";
import { faultText, select } from "../page/fault.js";
import { type TextKey, text } from "../page/texts.js";
import { size } from "../values/bytes.js";
import { History } from "../values/history.js";
import { parseValues } from "../values/json.js";

export interface Outgoing {
  event: string;
  args: unknown[];
  ack: { timeout: number } | undefined;
}

const MAX_TIMEOUT = 600_000;
const DEFAULT_TIMEOUT = "10000";

/** Events that were sent, as JSON of their name and the text of their arguments. */
const sent = new History("sent", 50);

export class Composer {
  readonly element = h("form", { class: "composer", novalidate: true });
  private readonly event = h("input", { value: "echo", autocomplete: "off", spellcheck: "false", autocapitalize: "none" });
  private readonly args = h("textarea", { rows: 2, spellcheck: "false" }, '"hello", {"n": 1}');
  private readonly files = h("input", { type: "file", multiple: true });
  private readonly wantsAck = h("input", { type: "checkbox", checked: true });
  private readonly timeout = h("input", { value: DEFAULT_TIMEOUT, inputmode: "numeric", size: 6, "aria-label": text("ns.timeout") });
  private readonly about = h("output", { class: "about" });
  private readonly fault = h("p", { class: "fault", role: "alert", hidden: true });
  private readonly before = h("select", { "aria-label": text("ns.sent") });

  /** `send` throws if the event cannot be sent. */
  constructor(private readonly send: (outgoing: Outgoing) => void) {
    this.element.append(
      h("div", { class: "fields" }, h("label", {}, text("ns.event"), this.event), h("label", {}, text("ns.sent"), this.before)),
      h("label", {}, text("ns.args"), this.args),
      h("label", { class: "files" }, text("ns.files"), this.files),
      h(
        "div",
        { class: "fields tight" },
        h("label", { class: "check" }, this.wantsAck, text("ns.ack")),
        h("span", { class: "check" }, this.timeout, text("ns.ms")),
        h("button", { class: "primary" }, text("ns.send")),
        this.about,
      ),
      this.fault,
    );
    this.element.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      void this.submit();
    });
    this.element.addEventListener("input", () => this.describe());
    this.before.addEventListener("change", () => this.recall(this.before.value));
    this.before.addEventListener("focus", () => this.fillBefore());
    this.fillBefore();
    this.describe();
  }

  /** Shows an event for editing. */
  edit(event: string, args: string): void {
    this.event.value = event;
    this.args.value = args;
    this.describe();
    this.args.focus();
  }

  private async submit(): Promise<void> {
    const outgoing = await this.read();
    if (!outgoing) return;
    try {
      this.send(outgoing);
      this.complain(undefined);
      sent.add(JSON.stringify([outgoing.event, this.args.value]));
      this.fillBefore();
    } catch (error) {
      this.complain(text("emit.failed", { message: (error as Error).message }));
    }
  }

  /** Reads the fields; complains and returns nothing if one cannot be used. */
  private async read(): Promise<Outgoing | undefined> {
    const event = this.event.value.trim();
    if (!event) return this.complain(text("event.blank"), this.event);
    const { values, fault } = parseValues(this.args.value);
    if (fault) {
      this.complain(faultText(fault), this.args);
      select(this.args, fault);
      return undefined;
    }
    const timeout = Number(this.timeout.value);
    if (this.wantsAck.checked && !(timeout >= 1 && timeout <= MAX_TIMEOUT)) return this.complain(text("timeout.bad"), this.timeout);
    const files: ArrayBuffer[] = [];
    for (const file of this.files.files || []) {
      try {
        files.push(await file.arrayBuffer());
      } catch (error) {
        return this.complain(text("file.unreadable", { name: file.name, message: (error as Error).message }), this.files);
      }
    }
    return { event, args: [...values, ...files], ack: this.wantsAck.checked ? { timeout } : undefined };
  }

  private complain(fault: string | undefined, field?: HTMLElement): undefined {
    for (const one of [this.event, this.args, this.timeout, this.files]) one.removeAttribute("aria-invalid");
    field?.setAttribute("aria-invalid", "true");
    this.fault.hidden = !fault;
    this.fault.textContent = fault || "";
    field?.focus();
  }

  /** Says which arguments the text has, or where its fault is. */
  private describe(): void {
    const { values, fault } = parseValues(this.args.value);
    if (fault) {
      setText(this.about, faultText(fault));
      return;
    }
    const kinds = [...values.map((value) => text(kindOf(value))), ...[...(this.files.files || [])].map((file) => size(file.size))];
    setText(this.about, kinds.length ? text("args.some", { count: kinds.length, kinds: kinds.join(", ") }) : text("args.none"));
  }

  private fillBefore(): void {
    const options = sent.items.map((item) => h("option", { value: item }, labelOf(item)));
    this.before.replaceChildren(h("option", { value: "" }, ""), ...options);
  }

  private recall(item: string): void {
    const [event, args] = readSent(item);
    if (event !== undefined) this.edit(event, args);
    this.before.value = "";
  }
}

function kindOf(value: unknown): TextKey {
  if (value === null) return "kind.null";
  if (Array.isArray(value)) return "kind.list";
  return ({ string: "kind.text", number: "kind.number", boolean: "kind.boolean" } as const)[typeof value as "string"] || "kind.object";
}

function readSent(item: string): [event: string | undefined, args: string] {
  try {
    const [event, args] = JSON.parse(item);
    return [String(event), String(args)];
  } catch {
    return [undefined, ""];
  }
}

function labelOf(item: string): string {
  const [event, args] = readSent(item);
  return `${event} ${args}`.slice(0, 60);
}
