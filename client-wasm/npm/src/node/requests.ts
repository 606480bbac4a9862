/** Long-polling by Node's own `http` and `https`, which take headers, cookies, agents and options of TLS. */

import * as http from "node:http";
import * as https from "node:https";

import { type Carried, type CarrierEvents, type CarrierOptions, TransportError, textOrOctets } from "../carriers.js";

export class NodeXHR implements Carried {
  private _request: http.ClientRequest | undefined;

  get name() {
    return "polling";
  }

  constructor(uri: string, opts: CarrierOptions, on: CarrierEvents, body?: string) {
    this._send(uri, opts, on, body);
  }

  private _send(uri: string, opts: CarrierOptions, on: CarrierEvents, body: string | undefined): void {
    const fail = (status: unknown, answer: unknown) => {
      if (!this._request) return;
      this.close();
      on.lost(new TransportError(`xhr ${body === undefined ? "poll" : "post"} error`, status, answer));
    };
    const request = (uri.startsWith("https") ? https : http).request(uri, {
      method: body === undefined ? "GET" : "POST",
      headers: headers(opts, body),
      ...tls(opts),
      ...(opts.requestTimeout ? { timeout: opts.requestTimeout } : {}),
    });
    this._request = request;
    request.on("error", (error) => {
      // The server has closed a connection that was kept for later: nothing was lost but this.
      if (this._request && request.reusedSocket && (error as { code?: string }).code === "ECONNRESET") this._send(uri, opts, on, body);
      else fail(0, error);
    });
    request.on("timeout", () => fail(0, request));
    if (opts.autoUnref) request.on("socket", (socket) => socket.unref());
    request.on("response", (answer) => {
      const parts: Buffer[] = [];
      if (opts.cookieJar) opts.cookieJar.read(answer.headers["set-cookie"]);
      answer.on("data", (part) => parts.push(part));
      answer.on("error", (error) => fail(0, error));
      answer.on("end", () => {
        if (answer.statusCode !== 200) return fail(answer.statusCode, answer);
        if (!this._request) return;
        this._request = undefined;
        const whole = Buffer.concat(parts);
        const bytes = whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length) as ArrayBuffer;
        on.heard(textOrOctets(bytes, answer.headers["content-type"]));
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

function headers({ extraHeaders, cookieJar }: CarrierOptions, body: string | undefined): Record<string, string> {
  const cookies = cookieJar ? cookieJar.cookies() : [];
  return {
    Accept: "*/*",
    ...extraHeaders,
    ...(cookies.length ? { cookie: cookies.join("; ") } : {}),
    ...(body === undefined ? {} : { "Content-type": "text/plain;charset=UTF-8", "Content-Length": "" + Buffer.byteLength(body) }),
  };
}

/** The options that are of the connection's, as far as they are given. */
export function tls(opts: CarrierOptions): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const name of ["agent", "pfx", "key", "passphrase", "cert", "ca", "ciphers", "rejectUnauthorized"] as const) {
    // `false`, the reference's default for an agent, means none of one's own.
    if (opts[name] !== undefined && !(name === "agent" && opts[name] === false)) given[name] = opts[name];
  }
  return given;
}
