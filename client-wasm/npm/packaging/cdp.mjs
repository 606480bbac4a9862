// Controls Chromium by its DevTools protocol, because Playwright keeps every page visible and awake: pages could not be frozen or cached.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FLAGS, PROGRAM } from "./browser.mjs";
import { within } from "./limit.mjs";

const { WebSocket } = createRequire(join(import.meta.dirname, "..", "x.js"))("ws");

/** Sends commands to a browser or, with a session, to one of its pages. Every wait has a limit. */
export class Chromium {
  #ids = 0;
  #replies = new Map();
  #waiting = [];
  #ended;
  /** Rejects when the browser is gone. */
  #gone;

  static async open() {
    const home = mkdtempSync(join(tmpdir(), "tidewire-chromium-"));
    const flags = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${home}`, "--no-first-run", ...FLAGS];
    const child = spawn(PROGRAM, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
    try {
      const socket = new WebSocket(await within("Chromium's address", address(child)));
      await within("Chromium's DevTools", new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject)));
      return new Chromium(child, socket, home);
    } catch (error) {
      child.kill("SIGKILL");
      remove(home);
      throw error;
    }
  }

  constructor(child, socket, home) {
    Object.assign(this, { child, socket, home });
    this.#ended = new Promise((resolve) => child.on("exit", resolve));
    this.#gone = new Promise((_, reject) => socket.on("close", () => reject(new Error("Chromium is gone"))));
    // A command that waits gets the error.
    this.#gone.catch(() => {});
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
    const reply = new Promise((resolve, reject) => this.#replies.set(id, { resolve, reject }));
    return within(`the reply to ${method}`, Promise.race([reply, this.#gone]));
  }

  /** Waits for the next event of that name in a session. */
  next(method, sessionId) {
    const event = new Promise((resolve) => this.#waiting.push({ method, sessionId, resolve }));
    return within(`the event ${method}`, Promise.race([event, this.#gone]));
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
    try {
      // It may end before it replies.
      this.send("Browser.close").catch(() => {});
      await within("the end of Chromium", this.#ended);
    } finally {
      this.child.kill("SIGKILL");
      remove(this.home);
    }
  }
}

export class Page {
  constructor(send, next) {
    Object.assign(this, { send, next });
  }

  async go(url) {
    await Promise.all([this.next("Page.loadEventFired"), this.send("Page.navigate", { url })]);
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
    const { id: entryId } = entries[currentIndex - 1];
    await Promise.all([this.next("Page.frameNavigated"), this.send("Page.navigateToHistoryEntry", { entryId })]);
  }
}

/** Removes a folder; a process that is ending may still write to it. */
const remove = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

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
