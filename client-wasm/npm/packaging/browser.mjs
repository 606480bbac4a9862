// Opens pages in Chromium.

import { chromium } from "playwright-core";

import { within } from "./limit.mjs";

export const PROGRAM = process.env.CHROMIUM || "/usr/bin/chromium";

export const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const openBrowser = () => chromium.launch({ executablePath: PROGRAM, args: FLAGS });

const sessionOf = (address) => new URL(address).searchParams.get("sid");

/** Returns the Engine.IO sessions that a page has closed: the server rejects a poll that arrives after the close packet. */
function closedSessions(view) {
  const closed = new Set();
  view.on("request", (request) => {
    if (/(^|\x1e|1:)1$/.test(request.postData() || "")) closed.add(sessionOf(request.url()));
  });
  return closed;
}

/** Opens a page; returns the result of its promise `outcome`, and the errors on its console. */
export async function visit(browser, url, timeout = 60_000) {
  const view = await browser.newPage();
  const errors = [];
  const closed = closedSessions(view);
  view.on("console", (message) => {
    const { url: where } = message.location();
    const isAfterClose = / 400 /.test(message.text()) && closed.has(sessionOf(where));
    if (message.type() === "error" && !isAfterClose) errors.push(`${message.text()} (${where})`);
  });
  view.on("pageerror", (error) => errors.push(String(error)));
  try {
    await view.goto(url);
    await view.waitForFunction(() => globalThis.outcome, undefined, { timeout });
    const result = await within(`the outcome of ${url}`, view.evaluate(() => globalThis.outcome.then(String, String)));
    return { result, errors };
  } catch (error) {
    return { result: String(error), errors };
  } finally {
    await view.close();
  }
}
