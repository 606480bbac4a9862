/** Installs the platform of mini-programs, and its settings. */

import type { Exports } from "../machine/wasm.js";
import { platform } from "../platform.js";
import { provideCore } from "../provide-core.js";
import { type Binding, customHost, findHost } from "./bindings.js";
import { type CoreState, candidates, loadCore } from "./core.js";
import { watch } from "./hints.js";
import { host, useHost } from "./host.js";
import { MiniPolling, MiniWebSocket } from "./transports.js";

let wasmPath: string | undefined;
let isTwinWanted = false;
const state: CoreState = { kind: "loading", errors: [] };

/** Installs the transports and the core. `twin` returns the core as JavaScript; it is not called if wasm runs. */
export function install(twin: () => Exports): void {
  platform.transports = { polling: MiniPolling, websocket: MiniWebSocket };
  provideCore(() => {
    const { wasm } = host();
    return loadCore(isTwinWanted ? undefined : wasm, wasmPath === undefined ? candidates() : [wasmPath], twin, state);
  });
  const found = findHost();
  if (found) watch(found.api);
}

/**
 * Sets the path of `core.wasm` in the code package, if a bundler has moved it: absolute, such as `/assets/core.wasm`. `false` runs the core as
 * JavaScript. Call it before the first `io()`.
 */
export function setWasmPath(path: string | false): void {
  isTwinWanted = path === false;
  wasmPath = path || undefined;
}

/**
 * Uses another host than the global one: `Taro`, `uni`, or an object like `wx`. `{ api, base64, wasm }` sets its facts, too: whether bytes are
 * sent as base64 text, and its loader of WebAssembly. Call it before the first `io()`. Throws a `TypeError` if it has neither sockets nor requests.
 */
export function setHost(given: object | Binding): void {
  const binding = customHost(given);
  useHost(binding);
  watch(binding.api);
}

/** Returns which core runs: "wasm", or "js" with the reasons in `errors`; "loading" before the first `io()` and until it is loaded. */
export const coreState = (): CoreState => Object.assign({}, state, { errors: state.errors.slice() });
