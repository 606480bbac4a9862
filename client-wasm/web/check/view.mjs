// Pages of the browser, and what they write on the console. Every wait has a limit.

import { within } from "../../npm/packaging/limit.mjs";

/** The browser itself writes these when a server is gone or refuses, which some scenarios want; nothing else may be on the console. */
const FROM_NETWORK = /^WebSocket connection to .* failed|^Failed to (load resource: |establish a connection to )/;

/** Opens a page, and waits for its promise `ready`. Errors on its console are in `errors`. */
export async function open(browser, url) {
  const view = await newPage(browser);
  view.errors = [];
  view.console = [];
  view.on("console", (message) => {
    if (message.type() !== "error") return;
    view.console.push(message.text());
    if (!FROM_NETWORK.test(message.text())) view.errors.push(message.text());
  });
  // A panic of a test is told by `onPanic`, before the trap.
  view.on("pageerror", (error) => view.errors.push(String(error)));
  await view.goto(url);
  await ask(view, "the page's script", () => globalThis.ready);
  return view;
}

export const newPage = (browser) => within("a new page", browser.newPage());

/** Returns the result of a function in the page. `what` names it if it does not come. */
export const ask = (view, what, run, argument, limit) => within(what, view.evaluate(run, argument), limit);

export const close = (view) => within(`the end of the page ${view.url()}`, view.close());
