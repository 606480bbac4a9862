// Controls Chromium by its DevTools protocol, because Playwright keeps every page visible and awake: pages could not be frozen or cached.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FLAGS, PROGRAM } from "./browser.mjs";

const { WebSocket } = createRequire(join(import.meta.dirname, "..", "x.js"))("ws");

/** Sends commands to a browser or, with a session, to one of its pages. */
export class Chromium {
  #ids = 0;
  #replies = new Map();
  #waiting = [];

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
      if (method) return this.#onEvent(method, sessionId);
      const reply = this.#replies.get(id);
      this.#replies.delete(id);
      if (reply) error ? reply.reject(new Error(error.message)) : reply.resolve(result);
    });
  }

  send(method, params = {}, sessionId) {
    const id = ++this.#ids;
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.#replies.set(id, { resolve, reject }));
  }

  /** Waits for the next event of that name in a session. */
  next(method, sessionId) {
    return new Promise((resolve) => this.#waiting.push({ method, sessionId, resolve }));
  }

  #onEvent(method, sessionId) {
    const matches = (one) => one.method === method && one.sessionId === sessionId;
    for (const { resolve } of this.#waiting.filter(matches)) resolve();
    this.#waiting = this.#waiting.filter((one) => !matches(one));
  }

  /** Opens a page in a new browser context. */
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

  /** Evaluates an expression in the page; awaits a promise. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
    return result.value;
  }

  network(offline) {
    return this.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  }

  /** Shows the page again after `cover()`. */
  uncover() {
    return this.send("Page.bringToFront");
  }

  /** Sets the lifecycle state: `frozen` or `active`. */
  state(state) {
    return this.send("Page.setWebLifecycleState", { state });
  }

  async back() {
    const { entries, currentIndex } = await this.send("Page.getNavigationHistory");
    const navigated = this.next("Page.frameNavigated");
    await this.send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex - 1].id });
    await navigated;
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
    child.on("exit", (code) => reject(new Error(`Chromium exited with code ${code}: ${text}`)));
  });
}
