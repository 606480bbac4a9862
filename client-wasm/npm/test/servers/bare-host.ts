/** A realm with the globals of ES2015, timers, and the sockets or requests of a page: nothing else. */

import { request } from "node:http";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";

import { buildSync } from "esbuild";
import { WebSocket } from "ws";

/** Everything global in ES2015, but `WebAssembly`, which a test adds. */
const GLOBALS =
  "Object Function Array String Number Boolean Symbol Map Set WeakMap WeakSet Promise Proxy Reflect Date Math JSON RegExp Error EvalError RangeError ReferenceError SyntaxError TypeError URIError ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array NaN Infinity undefined isNaN isFinite parseInt parseFloat encodeURIComponent decodeURIComponent encodeURI decodeURI escape unescape eval";

/** Functions of later versions of the language, by the object that has them. */
const LATER = {
  Object: "entries values fromEntries getOwnPropertyDescriptors hasOwn groupBy",
  "Array.prototype": "includes flat flatMap at findLast findLastIndex toSorted toSpliced toReversed with",
  "String.prototype": "padStart padEnd trimStart trimEnd matchAll replaceAll at isWellFormed toWellFormed",
  "Uint8Array.prototype.__proto__": "includes at findLast findLastIndex toSorted toReversed with",
  Promise: "allSettled any withResolvers try",
  "Promise.prototype": "finally",
  ArrayBuffer: "prototype.resize prototype.transfer",
};

/** Runs an entry of the package in a new realm with `globals` added. Returns its exports. */
export function load(entry: string, globals: Record<string, unknown>): any {
  const { outputFiles } = buildSync({
    entryPoints: [join(process.cwd(), "src/entry", `${entry}.ts`)],
    bundle: true,
    format: "iife",
    globalName: "tidewire",
    target: "es2015",
    write: false,
  });
  const realm = createContext(Object.create(null));
  const keep = [...GLOBALS.split(" "), ...("WebAssembly" in globals ? ["WebAssembly"] : [])];
  const later = Object.entries(LATER).flatMap(([object, names]) => names.split(" ").map((name) => `delete ${object}.${name};`));
  const forget = `for (const name of Object.getOwnPropertyNames(this)) if (keep.indexOf(name) < 0 && name !== "keep") delete this[name];`;
  runInContext(`var keep = ${JSON.stringify(keep)}; ${later.join("")} ${forget} delete this.keep;`, realm);
  const { WebAssembly: _, ...others } = globals;
  Object.assign(realm, { setTimeout, clearTimeout, ...others });
  return runInContext(`${outputFiles[0]?.text}; tidewire`, realm);
}

export { WebSocket };

/** The part of `XMLHttpRequest` that a client needs. */
export class XMLHttpRequest {
  readyState = 0;
  status = 0;
  responseType = "";
  onreadystatechange: (() => void) | null = null;
  private _request: ReturnType<typeof request> | undefined;
  private _headers: Record<string, unknown> = {};
  private _body = Buffer.alloc(0);

  open(method: string, url: string): void {
    this._request = request(url, { method, agent: false }, (response) => {
      this.status = response.statusCode as number;
      this._headers = response.headers;
      response.on("data", (part) => (this._body = Buffer.concat([this._body, part])));
      response.on("end", () => this._end());
    });
    this._request.on("error", () => this._end());
  }

  setRequestHeader(name: string, value: string): void {
    this._request?.setHeader(name, value);
  }

  getResponseHeader(name: string): unknown {
    return this._headers[name] ?? null;
  }

  get response(): unknown {
    return this.responseType ? this._body.buffer.slice(this._body.byteOffset, this._body.byteOffset + this._body.length) : this.responseText;
  }

  get responseText(): string {
    return String(this._body);
  }

  send(body?: string): void {
    this._request?.end(body);
  }

  abort(): void {
    this._request?.destroy();
  }

  private _end(): void {
    this.readyState = 4;
    if (this.onreadystatechange) this.onreadystatechange();
  }
}
