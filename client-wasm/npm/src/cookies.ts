/** The cookie jar of an engine, on platforms whose requests do not keep cookies. */

import type { CookieJar } from "./options.js";

interface Cookie {
  value: string;
  /** Milliseconds since 1970. */
  expires: number;
}

/** The oldest cookie beyond this number is forgotten: a server may set a new one with each response. A longer one is ignored. */
const MAX_COOKIES = 50;
const MAX_LENGTH = 4096;

export class MemoryCookieJar implements CookieJar {
  private _cookies = new Map<string, Cookie>();

  read(headers: string[] | undefined): void {
    for (const header of headers || []) {
      const [pair = "", ...attributes] = header.split("; ");
      const [, name = "", value = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(pair) || [];
      if (!name || pair.length > MAX_LENGTH) continue;
      this._cookies.set(name, { value: value.replace(/^"(.*)"$/, "$1"), expires: expiry(attributes) });
      if (this._cookies.size > MAX_COOKIES) this._cookies.delete(this._cookies.keys().next().value as string);
    }
  }

  cookies(): string[] {
    const now = Date.now();
    for (const [name, { expires }] of this._cookies) if (expires <= now) this._cookies.delete(name);
    return [...this._cookies].map(([name, { value }]) => name + "=" + value);
  }
}

/** Returns when a cookie expires, by the last of several attributes. An unreadable date is in the past: it may be a deletion. */
function expiry(attributes: string[]): number {
  let expires = Infinity;
  for (const attribute of attributes) {
    const [key = "", value = ""] = attribute.split("=");
    const name = key.trim().toLowerCase();
    if (name === "expires") expires = Date.parse(value) || 0;
    else if (name === "max-age") expires = parseInt(value, 10) > 0 ? Date.now() + parseInt(value, 10) * 1000 : 0;
  }
  return expires;
}
