/** Long-polling by the modules `http` and `https` of Node, with headers, cookies, agents and TLS options. */

import * as http from "node:http";
import * as https from "node:https";

import type { TransportOptions } from "../options.js";
import { TransportError, type TransportEvents, type TransportHandle } from "../transport.js";
import { decodeBody } from "../web-transports.js";

export class NodeXHR implements TransportHandle {
  private _request: http.ClientRequest | undefined;

  get name() {
    return "polling";
  }

  constructor(uri: string, opts: TransportOptions, on: TransportEvents, body?: string) {
    this._send(uri, opts, on, body);
  }

  private _send(uri: string, opts: TransportOptions, on: TransportEvents, body: string | undefined): void {
    const fail = (description: unknown, context: unknown) => {
      if (!this._request) return;
      this.close();
      on.lost(new TransportError(`xhr ${body === undefined ? "poll" : "post"} error`, description, context));
    };
    const request = (uri.startsWith("https") ? https : http).request(uri, {
      method: body === undefined ? "GET" : "POST",
      headers: headers(opts, body),
      ...tls(opts),
      ...(opts.requestTimeout ? { timeout: opts.requestTimeout } : {}),
    });
    this._request = request;
    request.on("error", (error) => {
      // The server closed an idle keep-alive connection, so it has not read this request.
      if (this._request && request.reusedSocket && (error as { code?: string }).code === "ECONNRESET") this._send(uri, opts, on, body);
      else fail(0, error);
    });
    request.on("timeout", () => fail(0, request));
    if (opts.autoUnref) request.on("socket", (socket) => socket.unref());
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      if (opts.cookieJar) opts.cookieJar.read(response.headers["set-cookie"]);
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", (error) => fail(0, error));
      response.on("end", () => {
        if (response.statusCode !== 200) return fail(response.statusCode, response);
        if (!this._request) return;
        this._request = undefined;
        const content = Buffer.concat(chunks);
        const bytes = content.buffer.slice(content.byteOffset, content.byteOffset + content.length) as ArrayBuffer;
        on.received(decodeBody(bytes, response.headers["content-type"]));
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
    // `false`, the default agent of socket.io-client, means the agent of Node.
    if (opts[name] !== undefined && !(name === "agent" && opts[name] === false)) given[name] = opts[name];
  }
  return given;
}
