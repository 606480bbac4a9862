/** Faults in JSON as sentences. */

import type { JsonFault } from "../values/json.js";
import { text } from "./texts.js";

export function faultText({ line, column, found, expected }: JsonFault): string {
  const what = found === undefined ? text("json.foundEnd") : text("json.found", { found: found === "\n" ? "\\n" : found });
  return text("json", { line, column, found: what, expected: text(`json.${expected}`) });
}

/** Puts the cursor where the fault is. */
export function select(field: HTMLTextAreaElement | HTMLInputElement, { position }: JsonFault): void {
  field.focus();
  field.setSelectionRange(position, position + 1);
}
