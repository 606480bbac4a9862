// A Chromium led over its own protocol alone: Playwright keeps every page awake and in view, so that none can be frozen or kept aside.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FLAGS, PROGRAM } from "./browser.mjs";

const { WebSocket } = createRequire(join(import.meta.dirname, "..", "x.js"))("ws");

/** Commands to a browser or, with a session, to one of its pages. */
export class Chromium {
  #ids = 0;
  #answers = new Map();
  #awaited = [];

  static async open() {
    const home = mkdtempSync(join(tmpdir(), "tidewire-chromium-"));
    const flags = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${home}`, "--no-first-run", ...FLAGS];
    const child = spawn(PROGRAM, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
    const socket = new WebSocket(await address(child));
    await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
    return new Chromium(child, socket, home);
  }

  constructor(child, socket, home) {
    Object.assign(this, { child, socket, home });
    socket.on("message", (text) => {
      const { id, error, result, method, sessionId } = JSON.parse(text);
      if (method) return this.#happened(method, sessionId);
      const answer = this.#answers.get(id);
      this.#answers.delete(id);
      if (answer) error ? answer.reject(new Error(error.message)) : answer.resolve(result);
    });
  }

  send(method, params = {}, sessionId) {
    const id = ++this.#ids;
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  /** The next event of that name in a session. */
  next(method, sessionId) {
    return new Promise((resolve) => this.#awaited.push({ method, sessionId, resolve }));
  }

  #happened(method, sessionId) {
    const isIt = (one) => one.method === method && one.sessionId === sessionId;
    for (const { resolve } of this.#awaited.filter(isIt)) resolve();
    this.#awaited = this.#awaited.filter((one) => !isIt(one));
  }

  /** A page in a context of its own. */
  async page(url) {
    const { browserContextId } = await this.send("Target.createBrowserContext", { disposeOnDetach: true });
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(
      (method, params) => this.send(method, params, sessionId),
      (method) => this.next(method, sessionId),
    );
    page.close = () => this.send("Target.disposeBrowserContext", { browserContextId });
    page.cover = () => this.send("Target.createTarget", { url: "about:blank", browserContextId });
    await page.send("Page.enable");
    await page.send("Network.enable");
    await page.go(url);
    return page;
  }

  async close() {
    const ended = new Promise((resolve) => this.child.on("exit", resolve));
    await this.send("Browser.close");
    await ended;
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  constructor(send, next) {
    Object.assign(this, { send, next });
  }

  async go(url) {
    const loaded = this.next("Page.loadEventFired");
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** What an expression in the page comes to, or its promise. */
  async ask(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
    return result.value;
  }

  network(offline) {
    return this.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  }

  /** In view again, after `cover()` has put another page in front. */
  uncover() {
    return this.send("Page.bringToFront");
  }

  /** `frozen` or `active`. */
  state(state) {
    return this.send("Page.setWebLifecycleState", { state });
  }

  async back() {
    const { entries, currentIndex } = await this.send("Page.getNavigationHistory");
    const there = this.next("Page.frameNavigated");
    await this.send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex - 1].id });
    await there;
  }
}

function address(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr.on("data", (part) => {
      const [, url] = /listening on (ws:\S+)/.exec((text += part)) || [];
      if (url) resolve(url);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${text}`)));
  });
}
