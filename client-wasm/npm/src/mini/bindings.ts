/** The hosts by their global object, and what differs between them. */

import type { HostApi, HostWasm } from "./host-api.js";

declare const my: unknown;
declare const tt: unknown;
declare const swan: unknown;
declare const qq: unknown;
declare const ks: unknown;
declare const jd: unknown;
declare const wx: unknown;
declare const WXWebAssembly: unknown;
declare const TTWebAssembly: unknown;

/** A host and its facts. */
export interface Binding {
  /** The name of the global object, or `custom`. */
  readonly name: string;
  readonly api: HostApi;
  /** Bytes leave and arrive as base64 text (Alipay). */
  readonly base64?: boolean | undefined;
  /** The host needs `multiple` to open more than one socket (Alipay). */
  readonly multiple?: boolean | undefined;
  /** Loads WebAssembly files of the package. Without one, the core runs as JavaScript. */
  readonly wasm?: HostWasm | undefined;
}

/** Returns what the host has. A name that is not declared must not be read. */
const found = (): { [name: string]: unknown } => ({
  my: typeof my === "undefined" ? undefined : my,
  tt: typeof tt === "undefined" ? undefined : tt,
  swan: typeof swan === "undefined" ? undefined : swan,
  qq: typeof qq === "undefined" ? undefined : qq,
  ks: typeof ks === "undefined" ? undefined : ks,
  jd: typeof jd === "undefined" ? undefined : jd,
  wx: typeof wx === "undefined" ? undefined : wx,
  WXWebAssembly: typeof WXWebAssembly === "undefined" ? undefined : WXWebAssembly,
  TTWebAssembly: typeof TTWebAssembly === "undefined" ? undefined : TTWebAssembly,
});

/** `wx` is last, because other hosts have it as an alias of their own object. */
const HOSTS: (Pick<Binding, "name" | "base64" | "multiple"> & { loader?: string })[] = [
  { name: "my", base64: true, multiple: true },
  { name: "tt", loader: "TTWebAssembly" },
  { name: "swan" },
  { name: "qq" },
  { name: "ks" },
  { name: "jd" },
  { name: "wx", loader: "WXWebAssembly" },
];

const isObject = (value: unknown): value is object => !!value && (typeof value === "object" || typeof value === "function");

const isApi = (value: unknown): value is HostApi =>
  isObject(value) && (typeof (value as HostApi).connectSocket === "function" || typeof (value as HostApi).request === "function");

/** Returns the host that this program runs in, if it is a known one. */
export function findHost(): Binding | undefined {
  const globals = found();
  for (const facts of HOSTS) {
    const api = globals[facts.name];
    const wasm = facts.loader && globals[facts.loader];
    if (isApi(api)) return Object.assign({}, facts, { api, wasm: isObject(wasm) ? (wasm as HostWasm) : undefined });
  }
  return undefined;
}

/** Returns the binding of a host that the application gives. Throws if it cannot be one. */
export function customHost(given: unknown): Binding {
  const facts = (isObject(given) && "api" in given ? given : { api: given }) as Binding;
  const { api, name = "custom" } = facts;
  if (!isApi(api)) throw new TypeError("the host has neither `connectSocket` nor `request`: pass `wx`, `Taro`, `uni` or an object like them");
  return Object.assign({}, facts, { name });
}
