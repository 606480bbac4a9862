/** Checks the settings, and turns them into the options of the package. */

import { type JsonFault, parseJson } from "./json.js";
import { DEFAULTS, type Settings } from "./settings.js";

/** A server, and how to connect to it. */
export interface Target {
  /** Scheme, host and port. */
  uri: string;
  path: string;
  namespaces: string[];
  transports: string[];
  version: "eio3" | "eio4" | undefined;
  query: Record<string, unknown>;
  auth: Record<string, unknown> | undefined;
  headers: Record<string, string> | undefined;
  reconnection: boolean;
  credentials: boolean;
}

/** A setting that cannot be used. */
export interface Problem {
  field: keyof Settings;
  /** The key of a text. */
  text:
    | "url.blank"
    | "url.bad"
    | "url.scheme"
    | "path.bad"
    | "namespaces.bad"
    | "namespaces.many"
    | "object.bad"
    | "query.bad"
    | "headers.bad"
    | "transports.bad"
    | "json";
  fault?: JsonFault | undefined;
  value?: string | undefined;
}

const SCHEMES = /^(https?|wss?):$/;
const MAX_NAMESPACES = 20;
const TRANSPORTS = /^(polling|websocket)(,(polling|websocket))?$/;

/** Returns the target, or all problems. */
export function check(settings: Settings): { target: Target; problems?: undefined } | { target?: undefined; problems: Problem[] } {
  const problems: Problem[] = [];
  const url = checkUrl(settings.url, problems);
  const path = settings.path.trim() || DEFAULTS.path;
  if (!/^\/[^?#\s]*$/.test(path)) problems.push({ field: "path", text: "path.bad", value: path });
  if (!TRANSPORTS.test(settings.transports)) problems.push({ field: "transports", text: "transports.bad", value: settings.transports });
  const namespaces = checkNamespaces(settings.namespaces, url, path, problems);
  const query = object("query", settings.query, problems);
  const nested = Object.entries(query || {}).find(([, value]) => typeof value === "object" && value !== null);
  if (nested) problems.push({ field: "query", text: "query.bad", value: nested[0] });
  const auth = object("auth", settings.auth, problems);
  const headers = object("headers", settings.headers, problems);
  const bad = Object.entries(headers || {}).find(([name, value]) => !isHeader(name, value));
  if (bad) problems.push({ field: "headers", text: "headers.bad", value: bad[0] });
  if (problems.length || !url) return { problems };
  const { version, transports, reconnection, credentials } = settings;
  return {
    target: {
      uri: `${url.protocol}//${url.host}`,
      path,
      namespaces,
      transports: transports.split(","),
      version: version === "eio3" || version === "eio4" ? version : undefined,
      query: { ...Object.fromEntries(url.searchParams), ...query },
      auth,
      headers: headers as Record<string, string> | undefined,
      reconnection: reconnection === "on",
      credentials: credentials === "on",
    },
  };
}

function checkUrl(text: string, problems: Problem[]): URL | undefined {
  const value = text.trim();
  if (!value) {
    problems.push({ field: "url", text: "url.blank" });
    return undefined;
  }
  // `localhost:3000` is a URL with the scheme `localhost`, but not what anyone means.
  const withScheme =
    /^[\w.-]+:\d+(\/|$)/.test(value) || !/^[a-z][a-z0-9+.-]*:/i.test(value) ? `${isLocal(value) ? "http" : "https"}://${value}` : value;
  // Chromium takes a blank for a part of the host's name.
  if (/\s/.test(value) || !URL.canParse(withScheme)) {
    problems.push({ field: "url", text: "url.bad", value });
    return undefined;
  }
  const url = new URL(withScheme);
  if (!SCHEMES.test(url.protocol) || !url.host) {
    problems.push({ field: "url", text: "url.scheme", value: url.protocol.replace(":", "") });
    return undefined;
  }
  return url;
}

const isLocal = (host: string) => /^(localhost|127\.|\[::1\]|10\.|192\.168\.)/.test(host);

/** Returns the namespaces. As with `io()`, the path of the URL is one, and then the default is not. */
function checkNamespaces(text: string, url: URL | undefined, path: string, problems: Problem[]): string[] {
  const own = url && namespaceOf(url, path, problems);
  const listed = own && text.trim() === DEFAULTS.namespaces ? [] : text.split(/[\s,]+/).filter(Boolean);
  const names = [...new Set([...(own ? [own] : []), ...listed.map((name) => (name.startsWith("/") ? name : `/${name}`))])];
  const bad = names.find((name) => !isNamespace(name));
  if (bad) problems.push({ field: "namespaces", text: "namespaces.bad", value: bad });
  if (names.length > MAX_NAMESPACES) problems.push({ field: "namespaces", text: "namespaces.many", value: String(MAX_NAMESPACES) });
  return names.length ? names : ["/"];
}

/** Whether a name can be that of a namespace: packets have a comma behind it, and `?` begins a query. */
export const isNamespace = (name: string) => /^\/[^?#,\s]*$/.test(name);

/** Returns the path of a URL as a namespace, unless it is none or that of the requests. */
function namespaceOf({ pathname, href }: URL, path: string, problems: Problem[]): string | undefined {
  if (pathname === "/" || `${pathname}/`.startsWith(`${path}/`)) return undefined;
  try {
    return decodeURI(pathname);
  } catch {
    problems.push({ field: "url", text: "url.bad", value: href });
    return undefined;
  }
}

function object(field: "query" | "auth" | "headers", text: string, problems: Problem[]): Record<string, unknown> | undefined {
  if (!text.trim()) return undefined;
  const { value, fault } = parseJson(text);
  if (fault) problems.push({ field, text: "json", fault });
  else if (typeof value !== "object" || value === null || Array.isArray(value)) problems.push({ field, text: "object.bad" });
  else return value as Record<string, unknown>;
  return undefined;
}

/** Whether a page may send a header: a browser leaves the others, such as Cookie, out of a request without an error. */
function isHeader(name: string, value: unknown): boolean {
  try {
    const { headers } = new Request("http://localhost", { headers: { [name]: String(value) } });
    return typeof value === "string" && headers.has(name);
  } catch {
    return false;
  }
}
