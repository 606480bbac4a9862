// Measures the clients in pages of Chromium.

import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { openBrowser } from "../packaging/browser.mjs";
import { NAMES } from "./cases.mjs";

export class Chromium {
  static start = async (url, folder) => new Chromium(await openBrowser(), url, folder);

  constructor(browser, url, folder) {
    Object.assign(this, { browser, url, folder });
  }

  get version() {
    return this.browser.version();
  }

  close() {
    return this.browser.close();
  }

  /** Returns the time of the main thread for one event of each case, in microseconds. `script` is a bundle. */
  async work(script, part) {
    const { page, busy, close } = await this.open(script);
    await page.evaluate(() => globalThis.begin());
    const result = {};
    for (const way of ["receive", "send"]) {
      for (const name of NAMES) {
        const run = () => page.evaluate(([way, name, part]) => globalThis.run(way, name, part), [way, name, part]);
        // The compiler has optimized the code when it is measured.
        await run();
        const before = await busy();
        const count = await run();
        result[`${way} ${name}`] = (((await busy()) - before) * 1_000) / count;
      }
    }
    await close();
    return result;
  }

  /** Returns how long a page takes from its address until its script runs and until it is connected, and its processor time: milliseconds. */
  async cold(script, url = this.url) {
    const { page, go, busy, close } = await this.prepare(script, url);
    // The page tells its times: a query while it connects would run a script of 10 ms.
    const [told] = await Promise.all([page.waitForEvent("console"), go()]);
    const { run, connected } = JSON.parse(told.text());
    const result = { run, connected, busy: await busy() };
    await close();
    return result;
  }

  /** Opens a page with one script, and waits until it has run. */
  async open(script) {
    const { go, ...opened } = await this.prepare(script, this.url);
    await go();
    return opened;
  }

  /** Opens an empty page in a profile of its own; `go` loads a page with one script. */
  async prepare(bundle, url) {
    const script = basename(bundle);
    const html = `${script}.html`;
    const tags = `<link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
    writeFileSync(join(this.folder, html), `<!doctype html><meta charset="utf-8">${tags}`);
    const context = await this.browser.newContext();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    // Processor time. The metric `ScriptDuration` is of no use: it does not count microtasks, in which socket.io-client calls listeners.
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const go = () => page.goto(`${url}/${html}`);
    /** Returns how long the main thread has run tasks, in milliseconds. */
    const busy = async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "TaskDuration").value * 1_000;
    };
    return { page, go, busy, close: () => context.close() };
  }
}
