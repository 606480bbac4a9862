// One Chromium for all pages.

import { chromium } from "playwright-core";

export const PROGRAM = process.env.CHROMIUM || "/usr/bin/chromium";

export const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const openBrowser = () => chromium.launch({ executablePath: PROGRAM, args: FLAGS });

const sessionOf = (address) => new URL(address).searchParams.get("sid");

/** The Engine.IO sessions that a page has said goodbye to: the server refuses a poll that the goodbye has overtaken. */
function goodbyes(view) {
  const left = new Set();
  view.on("request", (request) => {
    if (/(^|\x1e|1:)1$/.test(request.postData() || "")) left.add(sessionOf(request.url()));
  });
  return left;
}

/** What a page's promise `outcome` comes to, and what was written to its console as an error. */
export async function look(browser, url, patience = 20_000) {
  const view = await browser.newPage();
  const errors = [];
  const left = goodbyes(view);
  view.on("console", (message) => {
    const { url: where } = message.location();
    const isOvertaken = / 400 /.test(message.text()) && left.has(sessionOf(where));
    if (message.type() === "error" && !isOvertaken) errors.push(`${message.text()} (${where})`);
  });
  view.on("pageerror", (error) => errors.push(String(error)));
  try {
    await view.goto(url);
    await view.waitForFunction(() => globalThis.outcome, undefined, { timeout: patience });
    const said = await view.evaluate(() => globalThis.outcome.then(String, String));
    return { said, errors };
  } catch (error) {
    return { said: String(error), errors };
  } finally {
    await view.close();
  }
}
