/** The headers with which laravel-echo-server asks Laravel whether a client may join. The rules are those of `tidewire-core::echo`. */

import { object } from "../envelope/fields.js";

export type Headers = Record<string, string>;

/** A header's name (RFC 9110, section 5.6.2), and its value as Node allows it. */
const NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Returns a copy of the headers. Throws a `TypeError` for one that HTTP does not allow: it could end the server, which does not check it. */
export function checkedHeaders(headers: unknown): Headers {
  const fields = object(headers, "headers");
  const checked: Headers = {};
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (typeof value !== "string" || !NAME.test(name) || !VALUE.test(value)) {
      throw new TypeError(`HTTP does not allow the name or value of the header ${JSON.stringify(name)}`);
    }
    checked[name] = value;
  }
  return checked;
}
