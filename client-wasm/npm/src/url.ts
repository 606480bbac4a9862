/** Addresses: what `io()` makes of its first argument, and queries. Without `URL`, which is missing on some hosts. */

export interface Address {
  protocol: string;
  host: string;
  port: string;
  path: string;
  /** The text behind `?`. */
  query: string;
  /** The same as an object, values as they stand in the text. */
  queryKey: Record<string, string>;
  source: string;
}

/** Of `io()`: with what the cache of managers knows it by. */
export interface Place extends Address {
  id: string;
  href: string;
}

interface Here {
  protocol: string;
  host: string;
  hostname: string;
  port: string;
}

/** Where the page is, if there is one. */
export const here = (): Here | undefined => (typeof location === "undefined" ? undefined : location);

/** scheme, user and password, host (a name, or an IPv6 address in or without brackets), port, path, query, fragment */
const PARTS = /^(?:(https?|wss?):\/\/)?(?:[^@/?#]*@)?(\[[^\]/?#]*\]|(?:[a-f\d]{0,4}:){2,7}[a-f\d]{0,4}|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?/;

/** Takes an address apart, as engine.io-client's parser does. */
export function parse(uri: string): Address {
  if (uri.length > 8000) throw "URI too long";
  const [, protocol = "", host = "", port = "", path = "", query = ""] = PARTS.exec(uri) || [];
  const queryKey: Record<string, string> = {};
  for (const pair of query.split("&")) {
    const [, name, value = ""] = /^([^=]*)=?(.*)/.exec(pair) as string[];
    if (name) queryKey[name] = value;
  }
  return { protocol, host: host.replace(/^\[|\]$/g, ""), port, path, query, queryKey, source: uri };
}

/** What `io(uri)` means on this page; `path` is that of the requests. */
export function locate(uri: string | undefined, path = ""): Place {
  const page = here();
  // Where there is no page, such as on a server that renders one, `io()` must do no harm.
  const base = page || { protocol: "http:", host: "localhost" };
  let full = uri == null ? base.protocol + "//" + base.host : uri;
  if (full[0] === "/") full = (full[1] === "/" ? base.protocol : base.host) + full;
  if (!/^(https?|wss?):\/\//.test(full)) full = (page ? page.protocol : "https:") + "//" + full;
  const address = parse(full);
  const { protocol } = address;
  const port = address.port || (/s$/.test(protocol) ? "443" : "80");
  const origin = protocol + "://" + bracketed(address.host);
  return Object.assign(address, {
    port,
    path: address.path || "/",
    id: origin + ":" + port + path,
    href: origin + (page && page.port === port ? "" : ":" + port),
  });
}

/** A host name as it stands in an address. */
export const bracketed = (host: string) => (host.indexOf(":") < 0 ? host : "[" + host + "]");

/** An object as a query, without `?`. */
export const encode = (query: Record<string, unknown> | undefined) =>
  Object.keys(query || {})
    .map((name) => encodeURIComponent(name) + "=" + encodeURIComponent(String((query as Record<string, unknown>)[name])))
    .join("&");

/** The object of a query. */
export function decode(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of text.split("&")) {
    const [name = "", ...value] = pair.split("=");
    query[decodeURIComponent(name)] = decodeURIComponent(value.join("="));
  }
  return query;
}
