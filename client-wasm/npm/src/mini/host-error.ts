/** Errors of hosts, with what to do about those that users meet. */

/**
 * Why a host refused: `domain`: the server is not in the list of the vendor's console; `insecure`: the host takes `wss:` alone; `limit`: too many
 * sockets or requests; `background`: no network while the application is hidden; `certificate`: the host does not trust the server.
 */
export type HostErrorKind = "domain" | "insecure" | "limit" | "background" | "certificate" | "other";

/** The error of a host: the `description` of a `connect_error`, and the `error` of a WebSocket's error event. It has the host's own fields, too. */
export interface HostError extends Error {
  readonly kind: HostErrorKind;
}

/**
 * What is known about the texts of hosts, and about their numbers: `#600002` is WeChat's `errno`; `#socket5` and `#request11` are Alipay's `error`
 * of the two functions. Sources: test/mini/README.md.
 */
const KNOWN: [kind: HostErrorKind, texts: RegExp, remedy: string][] = [
  [
    "domain",
    /domain list|white ?list|合法域名|白名单|#600002|#request11/i,
    "add the server to the domains of sockets and of requests in the vendor's console",
  ],
  ["insecure", /#socket(5|20)$/, "use wss:// or https://"],
  ["limit", /(reach|exceed)(ed)? max|one socket at a time|#600007|#socket3$/i, "close a connection, or use one for all namespaces"],
  ["background", /suspend state|interrupted|#600003/i, "the client connects again when the application is shown"],
  ["certificate", /certificate|ERR_CERT|SSL|#socket7$/, "install the server's certificate with its whole chain"],
];

/** Returns a text or a number as text; "" for anything else, which may refuse to be one. */
const textOf = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** Returns the error for what a host has thrown, or given to `fail` or to the listener of errors. */
export function hostError(given: unknown, by: "socket" | "request", url: string): HostError {
  const fields = (given && typeof given === "object" ? given : {}) as Record<string, unknown>;
  const { errMsg, errorMessage, message, errno, error } = fields;
  const number = textOf(error);
  const reason = textOf(errMsg) || textOf(errorMessage) || textOf(message) || (number ? `error ${number}` : textOf(given));
  const text = reason || "the host gave no reason";
  const key = `${text} #${textOf(errno) || by + number}`;
  const [kind, , remedy] = KNOWN.filter(([, texts]) => texts.test(key))[0] || (["other"] as const);
  const full = remedy ? `${text} (${url.split("?")[0]}): ${remedy}` : text;
  return Object.assign(new Error(full), fields, { message: full, kind });
}
