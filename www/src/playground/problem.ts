/** The box that says in words why a server cannot be reached, and what to check. */

import { type Diagnosis, diagnose } from "../connection/diagnose.js";
import { at, h } from "../page/dom.js";
import { text } from "../page/texts.js";
import type { Target } from "../values/target.js";

export class ProblemBox {
  private readonly box = at("diagnosis");
  /** Counts up: the answer to an earlier question is not shown. */
  private question = 0;

  hide(): void {
    this.question++;
    this.box.hidden = true;
  }

  /** Asks the server in other ways, and shows the reason that is left. */
  async explain(target: Target, error: Error): Promise<void> {
    const question = ++this.question;
    this.box.hidden = false;
    this.box.replaceChildren(h("p", {}, text("diagnosis.checking")));
    const diagnosis = await diagnose(target, {
      fetch: (url, options) => fetch(url, options),
      isOnline: navigator.onLine,
      pageProtocol: location.protocol,
      pageOrigin: location.origin,
    });
    if (question === this.question) this.box.replaceChildren(...explanation(diagnosis, error));
  }
}

function explanation({ reason, values }: Diagnosis, error: Error): HTMLElement[] {
  const checks = text(`reason.${reason}.check`, values).split("\n");
  const address = values.address as string;
  const link = h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text("diagnosis.open", { address }));
  return [
    h("h2", {}, text("diagnosis.title", { summary: text(`reason.${reason}`, values) })),
    h("ul", {}, ...checks.map((check) => h("li", {}, check))),
    h("p", { class: "hint" }, text("diagnosis.said", { message: error.message }), " ", link),
  ];
}
