/** The settings of a connection as the user entered them: in the form, in the address of the page, and in the history. */

export interface Settings {
  url: string;
  path: string;
  /** Namespaces, separated by blanks or commas. */
  namespaces: string;
  transports: string;
  /** The server's Engine.IO version; an empty text detects it. */
  version: string;
  /** JSON objects, or blank. */
  query: string;
  auth: string;
  headers: string;
  reconnection: string;
  credentials: string;
}

export const DEFAULTS: Settings = {
  url: "",
  path: "/socket.io",
  namespaces: "/",
  transports: "polling,websocket",
  version: "",
  query: "",
  auth: "",
  headers: "",
  reconnection: "on",
  credentials: "",
};

export const NAMES = Object.keys(DEFAULTS) as (keyof Settings)[];

/** Settings that may hold a password or a token: neither the address nor the history has them unless the user asks for it. */
const SECRETS: ReadonlySet<keyof Settings> = new Set(["auth", "headers", "query"]);

/** A longer address is not read. */
const MAX_HASH = 20_000;

/** Returns the settings that differ from the defaults as the hash of an address, without the `#`. */
export function toHash(settings: Settings, withSecrets: boolean): string {
  const fields = new URLSearchParams();
  for (const name of NAMES) {
    const value = name === "url" && !withSecrets ? publicUrl(settings.url) : settings[name];
    if (value !== DEFAULTS[name] && (withSecrets || !SECRETS.has(name))) fields.set(name, value);
  }
  return fields.toString();
}

/** Reads settings from the hash of an address. Unknown names are ignored. */
export function fromHash(hash: string): Partial<Settings> {
  if (hash.length > MAX_HASH) return {};
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const known = NAMES.filter((name) => fields.has(name));
  return Object.fromEntries(known.map((name) => [name, fields.get(name) as string]));
}

export function withoutSecrets(settings: Settings): Settings {
  return Object.assign({}, settings, Object.fromEntries([...SECRETS].map((name) => [name, ""])), { url: publicUrl(settings.url) });
}

/** A URL without the user, the password and the query, which may hold a token. */
export function publicUrl(url: string): string {
  return url
    .trim()
    .replace(/[?#].*$/s, "")
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, "$1");
}
