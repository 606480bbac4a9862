/** Finds out why a server cannot be reached, by asking it once more in ways whose errors a page can tell apart. */

import type { Target } from "../values/target.js";
import { BLOCKED_PORTS } from "./blocked-ports.js";

/** The probable reason: the key of a text that says what to check. */
export type Reason =
  | "offline"
  | "mixedContent"
  | "refusedVersion"
  | "engineError"
  | "cors"
  | "credentials"
  | "certificate"
  | "wrongScheme"
  | "blockedPort"
  | "unreachable"
  | "notSocketIo"
  | "websocketOnly"
  | "otherVersion";

export interface Diagnosis {
  reason: Reason;
  /** Fills the places of the text: the address that was asked, the status and so on. */
  values: Record<string, string>;
}

/** The parts of the page's world that the diagnosis reads. */
export interface World {
  fetch: (url: string, options: RequestInit) => Promise<Response>;
  isOnline: boolean;
  /** `https:` for a page that may not load from `http:`. */
  pageProtocol: string;
  pageOrigin: string;
}

/** Milliseconds until an address counts as unreachable. */
const TIMEOUT = 5000;
/** The answer of an Engine.IO server is short. */
const MAX_BODY = 2000;

export async function diagnose(target: Target, world: World): Promise<Diagnosis> {
  const base = target.uri.replace(/^ws/, "http");
  const address = `${base}${target.path.replace(/\/$/, "")}/?EIO=${target.version === "eio3" ? 3 : 4}&transport=polling`;
  const values = { address, origin: world.pageOrigin, server: base, path: target.path };
  const { hostname, protocol } = new URL(base);
  if (!world.isOnline && !isLoopback(hostname)) return { reason: "offline", values };
  if (world.pageProtocol === "https:" && protocol === "http:" && !isLoopback(hostname)) return { reason: "mixedContent", values };
  const response = await ask(world, address, { mode: "cors", credentials: target.credentials ? "include" : "omit" });
  if (response) return readResponse(response, target, values);
  if (target.credentials && (await ask(world, address, { mode: "cors", credentials: "omit" }))) return { reason: "credentials", values };
  if (await ask(world, address, { mode: "no-cors", credentials: "omit" })) {
    // A WebSocket needs no CORS.
    const isBlocked = target.transports.includes("polling");
    return isBlocked ? { reason: "cors", values } : { reason: "notSocketIo", values: { ...values, found: "CORS" } };
  }
  return unreachable(world, base, values);
}

/** The server answers, and the page may read it: the answer tells what it is. */
async function readResponse(response: Response, target: Target, values: Record<string, string>): Promise<Diagnosis> {
  const body = (await bodyOf(response)).slice(0, MAX_BODY);
  const more = { ...values, status: String(response.status), found: foundIn(response, body) };
  // `0{…}` in Engine.IO 4, `97:0{…}` in 3 and in an answer to 4.
  if (response.ok && /^(\d+:)?0\{"sid"/.test(body)) {
    const isOld = /^\d/.test(body) && body.includes(":0{");
    const wanted = target.version;
    if ((isOld && wanted === "eio4") || (!isOld && wanted === "eio3")) return { reason: "otherVersion", values: more };
    return { reason: "websocketOnly", values: more };
  }
  const code = engineCode(body);
  if (code === 5) return { reason: "refusedVersion", values: more };
  if (code !== undefined) return { reason: "engineError", values: { ...more, message: messageOf(body) } };
  return { reason: "notSocketIo", values: more };
}

/** Neither kind of request has an answer. The other scheme tells whether something listens there. */
async function unreachable(world: World, base: string, values: Record<string, string>): Promise<Diagnosis> {
  const { port } = new URL(base);
  if (port && BLOCKED_PORTS.has(Number(port))) return { reason: "blockedPort", values: { ...values, port } };
  const isSecure = base.startsWith("https:");
  const other = isSecure ? base.replace("https:", "http:") : base.replace("http:", "https:");
  const mayAsk = world.pageProtocol !== "https:" || other.startsWith("https:");
  if (mayAsk && (await ask(world, other, { mode: "no-cors", credentials: "omit" }))) return { reason: "wrongScheme", values: { ...values, other } };
  return { reason: isSecure ? "certificate" : "unreachable", values };
}

async function ask(world: World, url: string, options: RequestInit): Promise<Response | undefined> {
  try {
    return await world.fetch(url, { ...options, cache: "no-store", redirect: "follow", signal: AbortSignal.timeout(TIMEOUT) });
  } catch {
    return undefined;
  }
}

async function bodyOf(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch {
    return "";
  }
}

/** Returns the code of an Engine.IO error, such as `{"code":5,"message":"Unsupported protocol version"}`. */
function engineCode(body: string): number | undefined {
  const [, code] = /^\s*\{\s*"code"\s*:\s*(\d)\s*,\s*"message"/.exec(body) || [];
  if (code !== undefined) return +code;
  // python-engineio sends a text.
  return /unsupported (protocol )?version/i.test(body) ? 5 : undefined;
}

const messageOf = (body: string) => /"message"\s*:\s*"([^"]*)"/.exec(body)?.[1] || "";

/** Names what answered: the status, the type, and the beginning of a text. */
function foundIn({ status, headers }: Response, body: string): string {
  const type = headers.get("content-type")?.split(";")[0] || "?";
  const title = /<title>([^<]{1,80})/i.exec(body)?.[1];
  return `HTTP ${status}, ${type}${title ? `, “${title.trim()}”` : ""}`;
}

/** Browsers trust these hosts without TLS. */
export const isLoopback = (host: string) => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(host);
