/** URLs and queries, as socket.io-client reads them. Without `URL`, which some hosts lack. */

export interface Address {
  protocol: string;
  host: string;
  port: string;
  path: string;
  /** The text after `?`. */
  query: string;
  /** The query as an object, with its values not decoded. */
  queryKey: Record<string, string>;
  source: string;
}

/** The address of a server. */
export interface ServerAddress extends Address {
  /** The key of the cache of managers. */
  id: string;
  href: string;
}

interface PageLocation {
  protocol: string;
  host: string;
  hostname: string;
  port: string;
}

/** Returns the location of the page, if there is a page. */
export const pageLocation = (): PageLocation | undefined => (typeof location === "undefined" ? undefined : location);

/** scheme, user and password, host (a name, or an IPv6 address in or without brackets), port, path, query, fragment */
const PARTS = /^(?:(https?|wss?):\/\/)?(?:[^@/?#]*@)?(\[[^\]/?#]*\]|(?:[a-f\d]{0,4}:){2,7}[a-f\d]{0,4}|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?/;

/** Parses a URL like engine.io-client, `parseuri`. */
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

/** Resolves the URL of `io(uri)` on this page; `path` is the path of the requests. */
export function resolveUrl(uri: string | undefined, path = ""): ServerAddress {
  const page = pageLocation();
  // Without a page, such as in server-side rendering, `io()` must not throw.
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

/** Returns a host name as it stands in a URL. */
export const bracketed = (host: string) => (host.indexOf(":") < 0 ? host : "[" + host + "]");

/** Encodes an object as a query, without `?`. */
export const encode = (query: Record<string, unknown> | undefined) =>
  Object.keys(query || {})
    .map((name) => encodeURIComponent(name) + "=" + encodeURIComponent((query as Record<string, string>)[name] as string))
    .join("&");

/** Decodes a query. */
export function decode(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of text.split("&")) {
    const [name = "", ...value] = pair.split("=");
    query[decodeURIComponent(name)] = decodeURIComponent(value.join("="));
  }
  return query;
}
