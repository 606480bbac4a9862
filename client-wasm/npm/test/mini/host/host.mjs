// A mini-program host: the realm of a profile with its global object, over real sockets, with a background and a network that the test controls.

import { HostClock } from "./clock.mjs";
import { PROFILES } from "./facts.mjs";
import { createRequire } from "./modules.mjs";
import { createRealm } from "./realm.mjs";
import { requestFunction } from "./requests.mjs";
import { socketFunctions } from "./sockets.mjs";
import { createWasm } from "./wasm.mjs";

export class MiniHost {
  clock = new HostClock();
  /** Open sockets and pending requests. */
  sockets = new Set();
  requests = new Set();
  /** How many sockets the program has asked for, and had at once. */
  opened = 0;
  mostSockets = 0;
  /** The texts of calls that the host refused: a test that does not expect any fails. */
  refusals = [];
  /** Lines that the program wrote to its console, and its uncaught errors. */
  console = [];
  /** Misbehaviour that a test switches on. */
  fault = {};
  /** The domains of the vendor's console, for `socket` and `request`; without them the check is off, as the developer tools allow. */
  domains;
  isOffline = false;
  #network = "wifi";
  #waiting = [];
  #isSuspended = false;
  #isDestroyed = false;
  #failingCalls = 0;
  #listeners = { show: new Set(), hide: new Set(), network: new Set() };
  /** The argument of `App`, the last one of `Page`, and that of each opened page by its route. */
  app;
  newPage;
  pages = {};

  /**
   * `root` is the folder of the code package, `page` the route of the page that is shown, `api` further functions of the host, `lacks` further
   * globals that are missing. `resolve` returns the URL of the test's server for one of the program.
   */
  constructor(name, root, { page = "pages/index/index", fault = {}, api = {}, lacks = [], domains, resolve = (url) => url } = {}) {
    this.profile = PROFILES[name];
    this.fault = fault;
    this.domains = domains;
    this.resolve = resolve;
    const { global, wasm } = this.profile;
    const write = (...values) => this.console.push(values.map(String).join(" "));
    const globals = {
      console: { log: write, info: write, warn: write, error: write, debug: write },
      getCurrentPages: () => [{ route: page }],
      getApp: () => ({}),
      App: (options) => (this.app = options),
      Page: (options) => (this.newPage = options),
      [global]: { ...this.#api(), ...api },
    };
    if (wasm) globals[wasm] = createWasm(this.profile, root, this.clock, () => this.fault.wasm);
    this.realm = createRealm({ ...this.profile, absent: [...this.profile.absent, ...lacks] }, this.clock, globals);
    this.require = createRequire(root, this.realm);
  }

  // ---- called by the test ----

  /**
   * Hides the application, suspends its code, kills its sockets, and shows it again after `span` milliseconds of its clock. After half an hour the
   * program is destroyed: nothing of it runs again, and showing it is a new start, for which the test creates another host.
   */
  async background(span) {
    const { suspendAfter, failsAfterResume, destroyAfter } = this.profile;
    this.#call("hide");
    await this.#turn();
    if (span <= suspendAfter) {
      this.clock.advance(span);
      return this.#call("show");
    }
    this.#isSuspended = true;
    this.hasReportedClose = false;
    this.clock.freeze();
    this.clock.advance(span);
    for (const socket of this.sockets) socket.interrupt();
    for (const request of this.requests) request.abort();
    await this.#turn(50);
    if (span > destroyAfter) return this.stop();
    this.#isSuspended = false;
    this.#failingCalls = failsAfterResume;
    this.#call("show");
    for (const run of this.#waiting.splice(0)) run();
    this.clock.thaw();
  }

  /** Changes the network: the connections of the one before are dead, and nothing tells it. "none" is no network. */
  network(networkType) {
    if (networkType === this.#network) return;
    this.#network = networkType;
    for (const socket of this.sockets) socket.isDeaf = true;
    for (const request of this.requests) request.forget();
    this.isOffline = networkType === "none";
    this.#call("network", { isConnected: !this.isOffline, networkType });
  }

  /** Ends what the program has left, so that the test's process can end. */
  stop() {
    this.#isDestroyed = true;
    this.#waiting = [];
    this.clock.stop();
    for (const socket of this.sockets) socket.interrupt();
    for (const request of this.requests) request.abort();
  }

  // ---- called by the parts of the host ----

  /** Calls the program back, later; after the suspension if it is suspended. */
  deliver = (run) => {
    if (this.#isDestroyed) return;
    setImmediate(() => (this.#isSuspended ? this.#waiting.push(() => this.#run(run)) : this.#run(run)));
  };

  /** Refuses a call that a real host refuses or misunderstands: throws in the program, and keeps the text for the test. */
  refuse = (text) => {
    this.refusals.push(text);
    throw new Error(`${this.profile.name} refuses ${text}`);
  };

  /** Returns whether a network call fails now: in the suspension, and right after it. */
  mayNotConnect = () => this.#isSuspended || (this.#failingCalls > 0 && this.#failingCalls-- > 0);

  #run(run) {
    if (this.#isDestroyed) return;
    try {
      run();
    } catch (error) {
      this.console.push(`uncaught: ${error.stack ?? error}`);
    }
  }

  #call(event, detail) {
    for (const listener of this.#listeners[event]) this.deliver(() => listener(detail));
  }

  /** Lets what is under way happen. */
  #turn(span = 0) {
    return new Promise((resolve) => setTimeout(resolve, span));
  }

  #api() {
    const on = (event) => (listener) => void this.#listeners[event].add(listener);
    return {
      ...socketFunctions(this),
      request: requestFunction(this),
      onAppShow: on("show"),
      onAppHide: on("hide"),
      onNetworkStatusChange: on("network"),
    };
  }
}
