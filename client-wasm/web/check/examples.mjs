// The examples: the chat on the terminal and in a page, which talk to each other, and the apps with frameworks, in two pages each.
// Screenshots are written to the folder of the pages.

import { spawn } from "node:child_process";
import { join } from "node:path";

import { within } from "../../npm/packaging/limit.mjs";
import { attempt, must } from "./report.mjs";
import { end, start, stop } from "./servers.mjs";
import { close, open } from "./view.mjs";

const SERVERS = ["socketio2", "socketio4", "testbed"];
const APPS = ["leptos", "yew"];

const repository = join(import.meta.dirname, "../../..");

export async function examples(browser, site, root) {
  for (const kind of SERVERS) {
    await attempt(`examples: chat, ${kind}`, () => chats(browser, site, kind, join(root, "chat.png")));
    for (const app of APPS) await attempt(`examples: ${app}, ${kind}`, () => meets(browser, site, app, kind, join(root, `${app}.png`)));
  }
  for (const app of APPS) await attempt(`examples: ${app}, no server`, () => tellsFailure(browser, site, app));
}

const item = (view, text) => view.locator("li", { hasText: text }).first().waitFor();

async function enter(view, text) {
  await view.locator("#text").fill(text);
  await view.locator("#text").press("Enter");
}

/** The native chat and the page speak to each other, also after the server was gone; then both leave. */
async function chats(browser, site, kind, screenshot) {
  const { port } = await start(new URLSearchParams({ kind }));
  const url = `http://127.0.0.1:${port}/lab`;
  const terminal = startTerminal(url);
  const view = await open(browser, `${site.url}/chat/#${url}`);
  try {
    await terminal.line("* joined chat");
    await item(view, "* joined chat");
    for (const round of ["first", "second"]) {
      await enter(view, `${round} 你好 from the page`);
      await terminal.line(`: ${round} 你好 from the page`);
      terminal.write(`${round} 你好 from the terminal`);
      await item(view, `: ${round} 你好 from the terminal`);
      if (round === "second") break;
      await stop(port);
      await terminal.line("* disconnected: ");
      await item(view, "* disconnected: ");
      await start(new URLSearchParams({ kind, port }));
      await terminal.line("* joined chat");
      await view.waitForFunction(() => document.body.innerText.split("* joined chat").length > 2);
    }
    await view.screenshot({ path: screenshot });
    await view.locator("#leave").click();
    await item(view, "io client disconnect");
    must(await terminal.end(), 0);
    must(view.errors, []);
  } finally {
    terminal.stop();
    await close(view);
    end(port);
  }
}

/** Starts the native chat. */
function startTerminal(url) {
  const target = process.env.CARGO_TARGET_DIR || join(repository, "target");
  const child = spawn(join(target, "debug/examples/chat"), [url], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.on("exit", resolve));
  let text = "";
  let read = () => {};
  child.stdout.on("data", (part) => {
    text += part;
    read();
  });
  /** Waits for a line with that part; the lines up to it are not read again. */
  const line = (part) => {
    const found = new Promise((resolve, reject) => {
      read = () => {
        const at = text.indexOf(part);
        if (at < 0) return;
        text = text.slice(at + part.length);
        resolve();
      };
      exited.then((code) => reject(new Error(`the chat exited with ${code} before "${part}"`)));
      read();
    });
    return within(`"${part}" of the chat on the terminal`, found);
  };
  return {
    line,
    write: (line) => child.stdin.write(`${line}\n`),
    end: () => {
      child.stdin.end();
      return within("the end of the chat on the terminal", exited);
    },
    stop: () => child.kill(),
  };
}

/** Two pages of an app see each other's presence and messages, also after the server was gone. */
async function meets(browser, site, app, kind, screenshot) {
  const { port } = await start(new URLSearchParams({ kind }));
  const url = `${site.url}/${app}/#http://127.0.0.1:${port}`;
  const [ann, bob] = [await open(browser, url), await open(browser, url)];
  const people = (view, count) => view.waitForFunction((count) => document.querySelectorAll("#people li").length === count, count);
  try {
    for (const round of ["first", "second"]) {
      for (const view of [ann, bob]) {
        await view.locator("#status", { hasText: "in the room demo" }).waitFor();
        await people(view, 2);
        must(await view.locator("#people li.own").count(), 1);
      }
      for (const [view, name] of [[ann, "ann"], [bob, "bob"]]) {
        const id = await view.locator("#people li.own").innerText();
        await enter(view, `${round} 你好 from ${name}`);
        for (const reader of [ann, bob]) await item(reader, `${id} ${round} 你好 from ${name}`);
        must(await view.locator("#text").inputValue(), "");
      }
      if (round === "second") break;
      await stop(port);
      for (const view of [ann, bob]) await view.locator("#status", { hasText: "disconnected: " }).waitFor();
      await start(new URLSearchParams({ kind, port }));
    }
    await ann.screenshot({ path: screenshot });
    await close(bob);
    await people(ann, 1);
    must([...ann.errors, ...bob.errors], []);
  } finally {
    await close(ann);
    if (!bob.isClosed()) await close(bob);
    end(port);
  }
}

/** An app says why it is not connected. */
async function tellsFailure(browser, site, app) {
  const view = await open(browser, `${site.url}/${app}/#http://127.0.0.1:1`);
  await view.locator("#status", { hasText: "is it running" }).waitFor();
  must(view.errors, []);
  await close(view);
}
