/** Loads the core of a mini-program: `core.wasm` of the package by the host's loader, else its JavaScript twin. */

import type { Exports, Make } from "../machine/wasm.js";
import { machines } from "../machine/wasm.js";
import { isPromise } from "./connect.js";
import type { HostWasm } from "./host-api.js";

/** A loader that does not answer is given up after this many milliseconds, and is asked for no other path. */
const LIMIT = 5000;

const SILENT = "the loader did not answer";

/** Which core runs, and why it is not wasm. */
export interface CoreState {
  kind: "loading" | "wasm" | "js";
  /** The path that `core.wasm` was loaded from. */
  path?: string;
  /** Why wasm does not run: the errors of the paths that were tried. */
  errors: string[];
}

/** Where "build npm" puts the file. */
const FILE = "miniprogram_npm/tidewire/core.wasm";

declare const getCurrentPages: undefined | (() => { route?: string }[]);

/** Returns the route of the current page; "" if the host does not tell one. */
function currentRoute(): string {
  try {
    const pages = typeof getCurrentPages === "function" ? getCurrentPages() : [];
    return String((pages[pages.length - 1] as { route?: string }).route || "");
  } catch {
    return "";
  }
}

/** Returns the paths to try: that of the main package, and those of the subpackages that the current page may be in. */
export function candidates(): string[] {
  const paths = ["/" + FILE];
  const folders = currentRoute().replace(/^\//, "").split("/").slice(0, -1);
  for (let depth = 1; depth <= folders.length; depth++) paths.push("/" + folders.slice(0, depth).join("/") + "/" + FILE);
  return paths;
}

/** Returns the exports of a result: of an instance, or of an object that holds one. */
function exportsOf(result: any): Exports {
  const { exports } = (result && (result.instance || result)) || {};
  if (!exports || typeof exports.call !== "function" || !exports.memory) throw new Error("the loader returned no instance of the core");
  return exports;
}

function instantiate(loader: HostWasm, path: string): Promise<Make> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(SILENT), LIMIT);
    const finish = (result: unknown) => {
      clearTimeout(timer);
      try {
        resolve(machines(exportsOf(result)));
      } catch (error) {
        reject(error);
      }
    };
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    };
    try {
      const loading: unknown = loader.instantiate(path, {});
      if (isPromise(loading)) loading.then(finish, fail);
      else finish(loading);
    } catch (error) {
      fail(error);
    }
  });
}

/** Tries the paths one after the other. */
function loadWasm(loader: HostWasm, [path, ...others]: string[], state: CoreState): Promise<Make | undefined> {
  if (path === undefined) return Promise.resolve(undefined);
  return instantiate(loader, path).then(
    (make) => {
      state.path = path;
      return make;
    },
    (error) => {
      state.errors.push(`${path}: ${(error && (error.message || error.errMsg)) || error}`);
      return loadWasm(loader, error === SILENT ? [] : others, state);
    },
  );
}

/** Returns the core: at once if only the twin can run, else when wasm is loaded or refused. */
export function loadCore(loader: HostWasm | undefined, paths: string[], twin: () => Exports, state: CoreState): Make | Promise<Make> {
  const runTwin = () => {
    state.kind = "js";
    return machines(twin());
  };
  if (!loader || typeof loader.instantiate !== "function" || typeof Proxy !== "function") {
    state.errors.push("this host has no loader of WebAssembly");
    return runTwin();
  }
  return loadWasm(loader, paths, state).then((make) => {
    if (!make) return runTwin();
    state.kind = "wasm";
    return make;
  });
}
