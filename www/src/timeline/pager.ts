/** The buttons that leaf through a timeline of several pages, above and below its lines. */

import { h, setText } from "../page/dom.js";
import { text } from "../page/texts.js";
import type { Beside } from "./pages.js";

const MOVES = ["newest", "newer", "older"] as const;
export type Move = (typeof MOVES)[number];

type Buttons = Record<Move, HTMLButtonElement>;

export class Pager {
  private readonly above = buttons();
  private readonly below = buttons();
  /** Says which lines are shown. It changes with a move only: a screen reader must not read each new line. */
  private readonly place = h("span", { class: "count", role: "status" });
  private readonly groups = [group(this.above, this.place), group(this.below)] as const;

  constructor(list: HTMLElement, move: (move: Move) => void) {
    const [above, below] = this.groups;
    list.before(above);
    list.after(below);
    for (const name of MOVES) {
      for (const button of [this.above[name], this.below[name]]) {
        button.addEventListener("click", () => {
          if (button.getAttribute("aria-disabled") === "true") return;
          move(name);
          // The page is read from its top.
          this.above[name].focus();
        });
      }
    }
  }

  /** Shows which pages there are beside the one that is shown. */
  show({ newer, older }: Beside, isNewest: boolean, place: string): void {
    for (const one of this.groups) one.hidden = isNewest && !older;
    for (const { newest: first, newer: back, older: on } of [this.above, this.below]) {
      first.setAttribute("aria-disabled", String(isNewest));
      label(back, "page.newer", newer, isNewest);
      label(on, "page.older", older, !older);
    }
    setText(this.place, place);
  }
}

/** A button that cannot be used keeps the focus, which `disabled` would lose. */
function label(button: HTMLButtonElement, key: "page.newer" | "page.older", count: number, isOff: boolean): void {
  setText(button, text(key, { count: isOff ? 0 : count }));
  button.setAttribute("aria-disabled", String(isOff));
}

function buttons(): Buttons {
  const one = (name: Move) => h("button", { type: "button" }, text(`page.${name}`, { count: 0 }));
  return { newest: one("newest"), newer: one("newer"), older: one("older") };
}

function group(buttons: Buttons, ...more: HTMLElement[]): HTMLElement {
  return h("div", { class: "pager", role: "group", "aria-label": text("page"), hidden: true }, ...MOVES.map((name) => buttons[name]), ...more);
}
