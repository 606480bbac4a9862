// One Chromium for all pages.

import { chromium } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const openBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: FLAGS });

/** What a page's promise `outcome` comes to, and what was written to its console as an error. */
export async function look(browser, url, patience = 20_000) {
  const view = await browser.newPage();
  const errors = [];
  view.on("console", (message) => message.type() === "error" && errors.push(message.text()));
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
