/** Long-polling by the modules `http` and `https` of Node, with headers, cookies, agents and TLS options. */

import * as http from "node:http";
import * as https from "node:https";

import type { TransportOptions } from "../options.js";
import { requestError, type TransportEvents, type TransportHandle } from "../transport.js";

export class NodeXHR implements TransportHandle {
  private _request: http.ClientRequest | undefined;

  get name() {
    return "polling";
  }

  /** Sends the request once: a server may have read a request that has no response, so a second one could repeat its events. */
  constructor(uri: string, opts: TransportOptions, on: TransportEvents, body?: string) {
    const fail = (description: unknown, context: unknown) => {
      if (!this._request) return;
      this.close();
      on.lost(requestError("xhr", body, description, context));
    };
    const isSecure = uri.startsWith("https");
    const request = (isSecure ? https : http).request(uri, {
      method: body === undefined ? "GET" : "POST",
      headers: headers(opts, body),
      agent: sharedAgent(isSecure),
      ...tls(opts),
      ...(opts.requestTimeout ? { timeout: opts.requestTimeout } : {}),
    });
    this._request = request;
    request.on("error", (error) => fail(0, error));
    // Without a limit of its own, a request has the one of its idle connection, which a poll exceeds.
    if (opts.requestTimeout) request.on("timeout", () => fail(0, new Error(`no response for ${opts.requestTimeout} ms`)));
    if (opts.autoUnref) request.on("socket", (socket) => socket.unref());
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      if (opts.cookieJar) opts.cookieJar.read(response.headers["set-cookie"]);
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", (error) => fail(0, error));
      response.on("end", () => {
        const content = Buffer.concat(chunks);
        if (response.statusCode !== 200) return fail(response.statusCode, refusal(response, content));
        if (!this._request) return;
        this._request = undefined;
        const bytes = content.buffer.slice(content.byteOffset, content.byteOffset + content.length) as ArrayBuffer;
        on.received(bytes, response.headers["content-type"] || "");
      });
    });
    request.end(body);
  }

  close(): void {
    const request = this._request;
    this._request = undefined;
    if (request) request.destroy();
  }
}

/** Returns what a program may want to know of a response, by the names of `XMLHttpRequest`: the object of Node prints hundreds of lines. */
const refusal = ({ statusCode: status, statusMessage: statusText, headers }: http.IncomingMessage, content: Buffer) => ({
  status,
  statusText,
  responseText: content.toString(),
  headers,
});

const agents: Record<string, http.Agent> = {};

/**
 * Returns the agent of requests without one. It reuses a connection within a second: later, the server may be closing it already. Deno
 * sends a request again if a reused connection is reset, which must not happen.
 */
function sharedAgent(isSecure: boolean): http.Agent {
  const keepAlive = typeof Deno === "undefined";
  return (agents[+isSecure] ||= new (isSecure ? https : http).Agent({ keepAlive, timeout: 1000 }));
}

function headers({ extraHeaders, cookieJar }: TransportOptions, body: string | undefined): Record<string, string> {
  const cookies = cookieJar ? cookieJar.cookies() : [];
  return {
    Accept: "*/*",
    ...extraHeaders,
    ...(cookies.length ? { cookie: cookies.join("; ") } : {}),
    ...(body === undefined ? {} : { "Content-type": "text/plain;charset=UTF-8", "Content-Length": "" + Buffer.byteLength(body) }),
  };
}

/** Returns the given TLS options and the agent. */
export function tls(opts: TransportOptions): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const name of ["agent", "pfx", "key", "passphrase", "cert", "ca", "ciphers", "rejectUnauthorized"] as const) {
    // `false`, the default agent of socket.io-client, means ours.
    if (opts[name] !== undefined && !(name === "agent" && opts[name] === false)) given[name] = opts[name];
  }
  return given;
}
