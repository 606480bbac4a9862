/** The transport `WebTransport` in a page that is left. Its sessions with servers are tested in test/servers and packaging/webtransport.mjs. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import type { TransportOptions } from "../../src/options.js";
import { WebTransport } from "../../src/web-transport.js";

const never = () => new Promise<never>(() => {});

/** A session whose stream never takes the end of its data, as in a page that is frozen. */
class Session {
  static last: Session;
  ready = Promise.resolve();
  closed = never();
  isClosed = false;

  constructor() {
    Session.last = this;
  }

  async createBidirectionalStream() {
    const writer = { closed: never(), write: async () => {}, close: never };
    return { writable: { getWriter: () => writer }, readable: { getReader: () => ({ read: never }) } };
  }

  close(): void {
    this.isClosed = true;
  }
}

test("a session that is being closed ends when its page is hidden", async (t) => {
  const page = new EventTarget();
  let listeners = 0;
  Object.assign(globalThis, {
    WebTransport: Session,
    addEventListener: (name: string, run: () => void) => {
      listeners++;
      page.addEventListener(name, run);
    },
    removeEventListener: (name: string, run: () => void) => {
      listeners--;
      page.removeEventListener(name, run);
    },
  });
  t.after(() => {
    for (const name of ["WebTransport", "addEventListener", "removeEventListener"]) delete (globalThis as Record<string, unknown>)[name];
  });
  const opened = new EventTarget();
  const fail = () => assert.fail("the application has closed it");
  const events = { opened: () => opened.dispatchEvent(new Event("opened")), received() {}, lost: fail };
  const open = once(opened, "opened");
  const transport = new WebTransport("https://host/", { transportOptions: {} } as TransportOptions, events);
  await open;
  const session = Session.last;
  page.dispatchEvent(new Event("pagehide"));
  assert.equal(session.isClosed, false, "the connection decides whether it ends");
  transport.close();
  assert.equal(session.isClosed, false, "the stream has data");
  page.dispatchEvent(new Event("pagehide"));
  assert.deepEqual([session.isClosed, listeners], [true, 0]);
});
