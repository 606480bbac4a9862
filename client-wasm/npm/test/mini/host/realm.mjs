// The realm of a mini-program: the language without the globals that hosts lack, no code from text, and the host's own objects.

import { createContext, runInContext } from "node:vm";

/** Globals of V8 that are newer than the oldest engines, or not of a mini-program: no host has them. */
const NEVER = "WebAssembly SharedArrayBuffer Atomics FinalizationRegistry WeakRef Iterator AggregateError console escape unescape".split(" ");

/** Functions that are newer than the oldest engines, by the object that has them. Hosts add those of ES2017. */
const LATER = {
  Object: "fromEntries hasOwn groupBy",
  "Array.prototype": "flat flatMap at findLast findLastIndex toSorted toSpliced toReversed with",
  "String.prototype": "trimStart trimEnd matchAll replaceAll at isWellFormed toWellFormed",
  "Uint8Array.prototype.__proto__": "at findLast findLastIndex toSorted toReversed with",
  Promise: "allSettled any withResolvers try",
  ArrayBuffer: "prototype.resize prototype.transfer",
};

/** Promises that call back by a timer, as iOS up to 15 has them. */
const TIMER_PROMISE = `
  const Native = Promise;
  const later = setTimeout;
  const DeferredPromise = function Promise(executor) {
    let callbacks = [];
    let run = (callback) => callbacks.push(callback);
    const settle = (method, value) => {
      run = (callback) => later(() => callback[method](value), 0);
      callbacks.forEach(run);
      callbacks = [];
    };
    let isSettled = false;
    const once = (f) => (value) => { if (!isSettled) { isSettled = true; f(value); } };
    const reject = (error) => settle("reject", error);
    const resolve = (value) => {
      if (value === this) return reject(new TypeError("a promise resolves to itself"));
      let then;
      try { then = value && (typeof value === "object" || typeof value === "function") && value.then; } catch (error) { return reject(error); }
      if (typeof then !== "function") return settle("resolve", value);
      let isCalled = false;
      const first = (f) => (value) => { if (!isCalled) { isCalled = true; f(value); } };
      later(() => { try { then.call(value, first(resolve), first(reject)); } catch (error) { first(reject)(error); } }, 0);
    };
    this.then = (done, failed) => new DeferredPromise((resolve, reject) => run({
      resolve(value) { if (typeof done !== "function") return resolve(value); try { resolve(done(value)); } catch (error) { reject(error); } },
      reject(error) { if (typeof failed !== "function") return reject(error); try { resolve(failed(error)); } catch (error) { reject(error); } },
    }));
    this.catch = (failed) => this.then(undefined, failed);
    this.finally = (run) => this.then((value) => DeferredPromise.resolve(run()).then(() => value), (error) => DeferredPromise.resolve(run()).then(() => { throw error; }));
    try { executor(once(resolve), once(reject)); } catch (error) { once(reject)(error); }
  };
  DeferredPromise.resolve = (value) => (value instanceof DeferredPromise ? value : new DeferredPromise((resolve) => resolve(value)));
  DeferredPromise.reject = (error) => new DeferredPromise((_, reject) => reject(error));
  DeferredPromise.all = (list) => new DeferredPromise((resolve, reject) => {
    const values = [];
    let open = 1;
    const close = () => { if (!--open) resolve(values); };
    Array.from(list).forEach((item, at) => { open++; DeferredPromise.resolve(item).then((value) => { values[at] = value; close(); }, reject); });
    close();
  });
  DeferredPromise.race = (list) => new DeferredPromise((resolve, reject) => Array.from(list).forEach((item) => DeferredPromise.resolve(item).then(resolve, reject)));
  this.Promise = DeferredPromise;`;

const HOST_DATE = `
  const { now } = this;
  const Native = Date;
  this.Date = class Date extends Native {
    constructor(...parts) { if (parts.length) super(...parts); else super(now()); }
    static now() { return now(); }
  };`;

/** Creates the realm of a profile with `globals`. `clock` replaces the time and the timers. */
export function createRealm(profile, clock, globals) {
  const realm = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } }); // prose: quoted
  const run = (code) => runInContext(`(function () { "use strict"; ${code} }).call(this)`, realm);
  const gone = [...NEVER, ...profile.absent.filter((name) => name !== "globalThis")];
  runInContext(gone.map((name) => `delete this.${name};`).join(""), realm);
  for (const [object, names] of Object.entries(LATER))
    run(
      names
        .split(" ")
        .map((name) => `delete ${object}.${name};`)
        .join(""),
    );
  for (const name of profile.present) realm[name] = globalThis[name];
  Object.assign(realm, globals, {
    setTimeout: (run, delay) => clock.setTimeout(run, delay),
    clearTimeout: (id) => clock.clearTimeout(id),
    now: () => clock.now(),
  });
  run(HOST_DATE);
  if (profile.promises === "timer") run(TIMER_PROMISE);
  delete realm.now;
  if (profile.absent.includes("globalThis")) realm.globalThis = undefined;
  return realm;
}
