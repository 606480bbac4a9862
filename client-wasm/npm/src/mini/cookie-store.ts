/** The cookies of polling requests and WebSockets, by server: mini-programs keep none, and sticky sessions of several servers need them. */

import { MemoryCookieJar } from "../cookies.js";
import type { HostResponse } from "./host-api.js";

/** The oldest server beyond this number is forgotten. */
const MAX_SERVERS = 20;

const jars = new Map<string, MemoryCookieJar>();

/** Returns the jar of a URL's server; a WebSocket shares it with requests. */
function jarOf(url: string): MemoryCookieJar {
  const server = (/^[^/]*\/\/[^/?#]*/.exec(url) || [""])[0].replace(/^ws/, "http");
  const jar = jars.get(server) || new MemoryCookieJar();
  jars.delete(server);
  jars.set(server, jar);
  if (jars.size > MAX_SERVERS) jars.delete(jars.keys().next().value as string);
  return jar;
}

/** Adds the cookies of a server to headers. */
export function withCookies(url: string, headers: Record<string, string>): Record<string, string> {
  const cookies = jarOf(url).cookies();
  const name = Object.keys(headers).filter((header) => header.toLowerCase() === "cookie")[0] || "cookie";
  const given = headers[name];
  return cookies.length ? Object.assign({}, headers, { [name]: (given ? [given] : []).concat(cookies).join("; ") }) : headers;
}

/** Keeps the cookies of a response. */
export function keepCookies(url: string, { header, headers, cookies }: HostResponse): void {
  const all = header || headers || {};
  const found = Object.keys(all).filter((name) => name.toLowerCase() === "set-cookie");
  const given = found.length ? found.map((name) => all[name]) : [cookies];
  const list: string[] = [];
  // What is not text is no cookie.
  for (const texts of given) for (const text of Array.isArray(texts) ? texts : [texts]) if (typeof text === "string") list.push(...split(text));
  jarOf(url).read(list);
}

/** Hosts join several cookies by commas; a date has a comma, too, but no name follows it. Attributes may lack the blank between them. */
const split = (text: string) => text.split(/,(?=\s*[^;,=\s]+=)/).map((cookie) => cookie.trim().split(/;\s*/).join("; "));
