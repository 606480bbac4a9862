// The world of the browser tests: Chromium, the servers, and the site in front of them. Everything ends with the test file.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { chromium } from "playwright-core";

import { eventually } from "../../../client-wasm/npm/packaging/limit.mjs";
import { startServer } from "../../../client-wasm/npm/packaging/servers.mjs";
import { serve } from "../../../client-wasm/npm/packaging/site.mjs";

/** The built site. */
export const SITE = process.env.TIDEWIRE_SITE;

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];

/** Milliseconds that a test waits for a page. The slowest, a flood of events, takes a few seconds. */
const TIMEOUT = 30_000;

/** How many times slower a page's processor is: `SLOWDOWN=4` shows whether the tests wait for the pages. */
const SLOWDOWN = Number(process.env.SLOWDOWN || 1);

const cleanups = [];
after(async () => {
  for (const clean of cleanups.reverse()) await clean();
});
/** Calls `clean` when all tests of the file have ended, the last one first. */
export const atEnd = (clean) => cleanups.push(clean);

export async function openBrowser(flags = []) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: [...FLAGS, ...flags] });
  atEnd(() => browser.close());
  return browser;
}

/** Starts a server, the testbed with `options`, and the site in front of it. Returns the address of the site, and of the server. */
export async function startSite(name, env, options) {
  const server = await startServer(name, env, options);
  const site = await serve(SITE, server.port, { change: (html) => html.replace('data-server=""', 'data-server="here"') });
  atEnd(() => {
    site.stop();
    server.stop();
  });
  return { url: site.url, direct: `http://127.0.0.1:${server.port}`, port: server.port, stop: server.stop };
}

/** Serves the site alone. */
export async function serveAlone() {
  const site = await serve(SITE, 1);
  atEnd(site.stop);
  return site.url;
}

/** Listens on a free port with a certificate that no browser trusts. */
export async function startSecure(listener) {
  const folder = mkdtempSync(join(tmpdir(), "tidewire-site-certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:site.test"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert, ...subject], {
    stdio: "ignore",
  });
  const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener);
  rmSync(folder, { recursive: true });
  return listen(server);
}

/** Listens on a free port of this machine. */
export async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return server.address().port;
}

/**
 * Waits until `read` gives `expected`, or a text that the expression `expected` matches. A page draws in a frame of its own and a link loads
 * a page after the click, so each reading of a page that an action changes is one of these.
 */
export async function shows(read, expected, message) {
  let wrong;
  const isShown = async () => {
    try {
      const value = await read();
      if (expected instanceof RegExp) assert.match(value, expected, message);
      else assert.deepEqual(value, expected, message);
      return true;
    } catch (error) {
      wrong = error;
      return false;
    }
  };
  await eventually("the page", isShown, TIMEOUT).catch((late) => {
    throw wrong || late;
  });
}

/** Clicks a link, and waits until its page has loaded and its scripts have run. */
export async function follow(page, link) {
  await Promise.all([page.waitForEvent("load"), link.click()]);
}

/**
 * A request of a session that has ended. The testbed ends one whose probe the page drops because the user disconnects during the upgrade
 * (`upgrade_handshake` of engineioxide 0.17), so that it knows no session when the POST with the close packet arrives. socket.io's servers answer 200.
 */
const ENDED_SESSION = /status of 400 .*transport=polling.*&sid=/;

/** Opens a page of the site. `close` fails if its console has an error that `allowed` does not match. */
export async function open(browser, url, { allowed = ENDED_SESSION, ...options } = {}) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT);
  if (SLOWDOWN > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(`${message.text()} (${message.location().url})`));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);
  const close = async () => {
    await context.close();
    assert.deepEqual(
      errors.filter((error) => !allowed.test(error)),
      [],
    );
  };
  return { page, context, close };
}

const AXE = join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js");

/** Returns the rules of WCAG and of good practice that a page breaks, with the elements. `without` are rules that are not checked. */
export async function violations(page, without = []) {
  await page.addScriptTag({ path: AXE });
  const rules = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]));
  const { violations } = await page.evaluate((rules) => globalThis.axe.run({ rules, resultTypes: ["violations"] }), rules);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

/** Requests that Chromium reports because they failed, as they must in that test. */
export const NETWORK = /Failed to load resource|WebSocket connection to|blocked by CORS policy|net::ERR|Mixed Content/;

/** The playground's controls, by what a user sees. */
export class Playground {
  constructor(page) {
    this.page = page;
    this.timeline = page.locator("#timeline > li");
  }

  /** Fills settings by their names, and connects. */
  async connect(settings = {}) {
    const { page } = this;
    if (
      !(await page
        .locator("#more")
        .getAttribute("open")
        .then((open) => open !== null))
    )
      await page.click("#more > summary");
    for (const [name, value] of Object.entries(settings)) {
      const field = page.locator(`#connect [name="${name}"]`);
      if (name === "transports" || name === "version") await field.selectOption(value);
      else if (typeof value === "boolean") await field.setChecked(value);
      else await field.fill(value);
    }
    await page.click("#connect button.primary");
  }

  /** Waits until the state begins with this text. */
  state(text) {
    return this.page.waitForFunction((wanted) => document.getElementById("phase").textContent.startsWith(wanted), text);
  }

  /** The card of a namespace. */
  card(name) {
    return this.page.locator(`.namespace-card[aria-label="${name}"]`);
  }

  /** Waits until a namespace is connected. */
  connected(name) {
    return this.card(name).locator('.badge[data-state="connected"]').waitFor();
  }

  /** Sends an event from the form of a namespace. */
  async send(namespace, event, args, { ack = true, timeout } = {}) {
    const card = this.card(namespace);
    await card.getByLabel("Event", { exact: true }).fill(event);
    await card.getByLabel("Arguments: JSON").fill(args);
    await card.getByLabel("wait for an ack").setChecked(ack);
    if (timeout) await card.getByLabel("Time for the ack").fill(timeout);
    await card.getByRole("button", { name: "Send", exact: true }).click();
  }

  /** Waits for a line of the timeline that has all these texts. Returns it. */
  async line(...texts) {
    let found = this.timeline;
    for (const text of texts) found = found.filter({ hasText: text });
    await found.first().waitFor();
    return found.first();
  }

  /** Returns the numbers of the lines that are drawn. */
  numbers() {
    return this.timeline.evaluateAll((rows) => rows.map((row) => Number(row.dataset.number)));
  }

  /** Opens a line. Returns its decoded and its raw form. */
  async forms(line) {
    await line.locator("summary").click();
    const blocks = line.locator("pre");
    await blocks.first().waitFor();
    return blocks.allTextContents();
  }
}
