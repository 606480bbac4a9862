/** The texts of the page's language, which the build puts into the page. */

import type en from "../../texts/en.json";

export type TextKey = keyof (typeof en)["script"];

let texts: Record<string, string> | undefined;

/** Returns a text with its places, such as `{count}`, filled. */
export function text(key: TextKey, values: Record<string, string | number> = {}): string {
  texts ||= JSON.parse(document.getElementById("texts")?.textContent || "{}") as Record<string, string>;
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}
