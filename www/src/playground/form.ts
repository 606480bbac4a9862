/** The form with the settings: filled from the address and the history, checked, and shared as a link. */

import { at, copy, fieldsOf, h, setText } from "../page/dom.js";
import { faultText } from "../page/fault.js";
import { text } from "../page/texts.js";
import { History } from "../values/history.js";
import { DEFAULTS, fromHash, NAMES, publicUrl, type Settings, toHash } from "../values/settings.js";
import { check, type Problem, type Target } from "../values/target.js";

/** Where a testbed listens if `cargo run -p tidewire-testbed` has its usual port. */
const USUAL_SERVER = "http://localhost:3000";

const servers = new History("servers", 20);

export class ConnectForm {
  private readonly form = at<HTMLFormElement>("connect");

  constructor(connect: (target: Target) => void) {
    this.fill({ ...DEFAULTS, url: ownServer() || USUAL_SERVER, ...(ownServer() && { namespaces: "/lab" }), ...fromHash(location.hash) });
    this.fillServers();
    this.form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      this.submit(connect);
    });
    addEventListener("hashchange", () => this.fill({ ...this.settings, ...fromHash(location.hash) }));
    at("share").addEventListener("click", () => void this.share());
    at("forget").addEventListener("click", () => {
      servers.clear();
      new History("sent", 0).clear();
      this.fillServers();
      setText(at("shared"), text("forgotten"));
    });
  }

  get settings(): Settings {
    return { ...DEFAULTS, reconnection: "", ...fieldsOf(this.form) } as Settings;
  }

  private submit(connect: (target: Target) => void): void {
    const { settings } = this;
    const { target, problems } = check(settings);
    this.show(problems || []);
    if (!target) return;
    this.setHash(toHash(settings, false));
    const isStored = servers.add(publicUrl(settings.url));
    setText(at("shared"), isStored ? "" : text("notStored"));
    if (!isStored) at<HTMLDetailsElement>("more").open = true;
    this.fillServers();
    connect(target);
  }

  private fill(settings: Settings): void {
    for (const name of NAMES) {
      const field = this.form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
      if (field.type === "checkbox") (field as HTMLInputElement).checked = settings[name] === "on";
      else field.value = settings[name];
      // A list that lacks the value of a link is left on its first choice.
      if (field.tagName === "SELECT" && !field.value) (field as HTMLSelectElement).selectedIndex = 0;
    }
    const isMore = (["path", "version", "query", "auth", "headers"] as const).some((name) => settings[name] !== DEFAULTS[name]);
    if (isMore) at<HTMLDetailsElement>("more").open = true;
  }

  private fillServers(): void {
    at("servers").replaceChildren(...servers.items.map((value) => h("option", { value })));
  }

  /** Shows each problem at its field, and moves to the first one. */
  private show(problems: Problem[]): void {
    for (const name of NAMES) {
      const place = document.getElementById(`${name}-problem`);
      if (!place) continue;
      const problem = problems.find((one) => one.field === name);
      place.hidden = !problem;
      place.textContent = problem ? sentence(problem) : "";
      const field = this.form.elements.namedItem(name) as HTMLElement;
      if (problem) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
    const [first] = problems;
    if (!first) return;
    const field = this.form.elements.namedItem(first.field) as HTMLInputElement;
    const hiding = field.closest("details");
    if (hiding) hiding.open = true;
    field.focus();
    if (first.fault) field.setSelectionRange(first.fault.position, first.fault.position + 1);
  }

  private async share(): Promise<void> {
    this.setHash(toHash(this.settings, at<HTMLInputElement>("secrets").checked));
    setText(at("shared"), text((await copy(location.href)) ? "copied" : "notCopied"));
  }

  private setHash(hash: string): void {
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }
}

function sentence({ text: key, value = "", fault }: Problem): string {
  return fault ? faultText(fault) : text(key as "url.bad", { value });
}

/** Returns the address of the server behind this page, if `cargo xtask site --serve` serves it. */
function ownServer(): string {
  return document.documentElement.dataset.server === "here" ? location.origin : "";
}
