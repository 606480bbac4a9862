// Clicks through each feature of the playground, against socket.io 2.5.1, 4.8.4 and the testbed.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";

import { follow, NETWORK, open, openBrowser, Playground, shows, startSite, violations } from "./world.mjs";

const SERVERS = {
  socketio2: "socket.io 2.x (Engine.IO 3)",
  socketio4: "socket.io 3.x or 4.x (Engine.IO 4)",
  testbed: "socket.io 3.x or 4.x (Engine.IO 4)",
};

let browser;
const sites = {};

before(async () => {
  browser = await openBrowser();
  for (const name of Object.keys(SERVERS)) sites[name] = await startSite(name, { PING_INTERVAL: "1000" });
});

/** A test against each server, or those that are named. */
function each(title, run, names = Object.keys(SERVERS)) {
  for (const name of names) {
    test(`${name}: ${title}`, async () => {
      const { page, context, close } = await open(browser, sites[name].url);
      await run({ page, context, name, url: sites[name].url, playground: new Playground(page) });
      await close();
    });
  }
}

each("finds the version, upgrades, and shows namespaces side by side", async ({ page, name, playground }) => {
  await playground.connect({ namespaces: "/ /lab /chat" });
  await playground.state("connected");
  for (const namespace of ["/", "/lab", "/chat"]) await playground.connected(namespace);
  await page.getByText("websocket", { exact: true }).waitFor();
  await shows(() => page.textContent("#version"), SERVERS[name]);
  await shows(() => page.textContent("#round-trip"), /^\d+ ms/);
  await shows(() => page.textContent("#sid"), /[^–]/);
  await playground.line("tries to upgrade to", "websocket");
  await playground.line("upgraded to", "websocket");
  await playground.line("/chat", "res");
  await page.fill("#add-namespace input", "early");
  await page.click("#add-namespace button");
  await playground.connected("/early");
  await playground.card("/chat").getByRole("button", { name: "Disconnect /chat" }).click();
  await playground.card("/chat").getByText("not connected", { exact: true }).waitFor();
  await playground.card("/chat").getByRole("button", { name: "Connect /chat" }).click();
  await playground.connected("/chat");
  await page.click("#disconnect");
  await playground.state("closed");
});

each(
  "shows the heartbeat, whose lines are hidden at first",
  async ({ page, playground }) => {
    await playground.connect({ namespaces: "/lab", transports: "websocket" });
    await playground.connected("/lab");
    await page.waitForFunction(() => /\d s ago, every 1 s/.test(document.getElementById("heartbeat").textContent));
    await shows(() => playground.timeline.and(page.locator('[data-kind="heartbeat"]')).count(), 0);
    await page.getByLabel("Heartbeat", { exact: true }).check();
    await playground.line("pong");
    await playground.line("ping");
  },
  ["socketio2", "socketio4"],
);

each("a connection that the server drops is closed, and does not promise to come back", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.send("/lab", "drop", "", { ack: false });
  await playground.line("io server disconnect");
  await playground.state("closed");
  await shows(() => page.locator("#disconnect").isDisabled(), true);
});

each("a namespace that no packet can name is refused, and the other language keeps the settings", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  const field = page.locator("#add-namespace input");
  for (const name of ["/,/q", "a?b", "a#b", "a b"]) {
    await field.fill(name);
    await page.click("#add-namespace button");
    await shows(() => field.evaluate((input) => input.validationMessage), /is not a namespace/, name);
  }
  await shows(() => page.locator(".namespace-card").count(), 1);
  await follow(page, page.locator("header a[hreflang]"));
  await shows(() => page.inputValue('#connect [name="namespaces"]'), "/lab");
});

each("sends several arguments, and shows the ack with its time, decoded and raw", async ({ playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.send("/lab", "echo", '"你好", {"n": [1, null]}, true');
  const ack = await playground.line("echo", "ack", "ms");
  await shows(() => ack.getAttribute("data-direction"), "in");
  const [decoded, raw] = await playground.forms(ack);
  assert.deepEqual(JSON.parse(decoded), ["你好", { n: [1, null] }, true]);
  assert.match(raw, /^43\/lab,\d+\["你好",\{"n":\[1,null\]\},true\]$/);
  await playground.send("/lab", "echo", '"no ack"', { ack: false });
  const event = await playground.line("←", "echo", "no ack");
  assert.match((await playground.forms(event))[1], /^42\/lab,\["echo","no ack"\]$/);
});

each("sends files as binary arguments", async ({ playground }) => {
  for (const transports of ["websocket", "polling"]) {
    await playground.connect({ namespaces: "/lab", transports });
    await playground.connected("/lab");
    const files = playground.card("/lab").getByLabel("Files");
    await files.setInputFiles([
      { name: "a.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0xde, 0xad, 0xbe, 0xef]) },
      { name: "b.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(3) },
    ]);
    await playground.send("/lab", "echo", '"two files"');
    const ack = await playground.line("←", "echo", "ack", "4 B: de ad be ef", "3 B: 00 00 00");
    const [decoded, raw] = await playground.forms(ack);
    assert.deepEqual(JSON.parse(decoded), ["two files", "<4 B: de ad be ef>", "<3 B: 00 00 00>"]);
    assert.match(raw, /^46?\d*2-\/lab,\d+\[.*\nde ad be ef\n00 00 00$/);
    await playground.page.click("#clear");
  }
});

each("says when no ack comes, and where the arguments are not JSON", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.send("/lab", "silent", "", { timeout: "50" });
  await playground.line("no ack", "silent", "operation has timed out");
  await playground.send("/lab", "echo", '"a",\n{"b" 1}');
  const fault = playground.card("/lab").locator(".fault[role=alert]").first();
  await shows(() => fault.textContent(), "Line 2, column 6: found “1”. Expected: a colon.");
  const selected = await page.evaluate(() => [document.activeElement.tagName, document.activeElement.selectionStart]);
  assert.deepEqual(selected, ["TEXTAREA", 10]);
  await playground.send("/lab", "connect", "");
  await shows(() => fault.textContent(), /^Not sent: "connect" is a reserved event name$/);
  await playground.send("/lab", " ", "");
  await shows(() => fault.textContent(), "Enter the name of the event.");
  await playground.send("/lab", "echo", "", { timeout: "soon" });
  await shows(() => fault.textContent(), /milliseconds from 1/);
});

each("answers acks that the server asks for", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.send("/lab", "question", '"why?"', { ack: false });
  const request = playground.card("/lab").locator(".request");
  await request.getByLabel("Arguments of the ack").fill('"because", {');
  await request.getByRole("button", { name: "Reply" }).click();
  await shows(() => request.locator(".fault").textContent(), /the input ends/);
  await request.getByLabel("Arguments of the ack").fill('"because", 42');
  await request.getByRole("button", { name: "Reply" }).click();
  await playground.line("answered", '"because", 42');
  await playground.line("→", "question", "ack");
  await shows(() => page.locator(".request").count(), 0);
});

each("filters, searches, pauses, clears and exports the timeline", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab /chat", transports: "websocket" });
  await playground.connected("/lab");
  await playground.connected("/chat");
  for (const word of ["apple", "pear"]) await playground.send("/lab", "echo", `"${word}"`);
  await playground.line("←", "pear");
  await page.fill("#filter [name=search]", "APPLE");
  await shows(() => playground.timeline.count(), 2);
  await page.selectOption("#filter [name=direction]", "out");
  await shows(() => playground.timeline.count(), 1);
  await page.getByLabel("Events", { exact: true }).uncheck();
  await shows(() => playground.timeline.count(), 0);
  await page.getByLabel("Events", { exact: true }).check();
  await page.fill("#filter [name=search]", "");
  await page.selectOption("#filter [name=direction]", "none");
  await page.selectOption("#filter [name=namespace]", "/chat");
  await shows(() => playground.timeline.filter({ hasText: "/lab" }).count(), 0);
  await page.selectOption("#filter [name=namespace]", "");

  await page.click("#pause");
  const shown = await playground.timeline.count();
  await playground.send("/lab", "echo", '"while paused"');
  await page.waitForFunction(() => /paused, [2-9] new/.test(document.getElementById("count").textContent));
  await shows(() => playground.timeline.count(), shown);
  await page.click("#pause");
  await playground.line("←", "while paused");

  await page.fill("#filter [name=search]", "paused");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
  const exported = JSON.parse(readFileSync(await download.path(), "utf8"));
  assert.deepEqual(
    exported.entries.map(({ direction, name, arguments: args }) => [direction, name, args[0]]),
    [
      ["out", "echo", "while paused"],
      ["in", "echo", "while paused"],
    ],
  );
  assert.equal(typeof exported.entries[1].milliseconds, "number");
  await page.click("#clear");
  await shows(() => playground.timeline.count(), 0);
});

each("keeps up with a flood, and keeps its bounds", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.send("/lab", "flood", '5000, "drop"', { ack: false });
  await playground.line("flooded", "5000");
  assert.ok((await playground.timeline.count()) <= 500);
  // The filters hide the lines of the heartbeat.
  await shows(() => page.textContent("#count"), /^\d+ of 2000, \d+ older ones dropped$/);
});

/** Opens the site before a server whose heartbeat adds no line during a test. */
async function openQuiet() {
  const site = await startSite("socketio4", { PING_INTERVAL: "600000" });
  const { page, close } = await open(browser, site.url);
  const playground = new Playground(page);
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  return { page, close, playground };
}

test("the pages of the timeline have each line that is kept, once", async () => {
  const { page, close, playground } = await openQuiet();
  await playground.send("/lab", "flood", '5000, "drop"', { ack: false });
  await playground.line("flooded", "5000");
  await shows(() => page.textContent("#count"), /^2000 of 2000, \d+ older ones dropped$/);
  const older = page.getByRole("button", { name: /^\d+ older$/ }).first();
  const seen = [];
  for (const left of [1500, 1000, 500, 0]) {
    await shows(() => older.textContent(), `${left} older`);
    seen.push(...(await playground.numbers()));
    if (left) await older.click();
  }
  const expected = Array.from({ length: 2000 }, (_, index) => seen[0] - index);
  assert.deepEqual(seen, expected);
  await close();
});

test("the pages of the timeline stay where they are while lines come, follow the filters, and keep the focus", async () => {
  const { page, close, playground } = await openQuiet();
  const pager = page.locator(".pager");
  await shows(() => pager.first().isVisible(), false, "one page needs no buttons");
  await playground.send("/lab", "flood", '1200, "page"', { ack: false });
  await playground.line("flooded", "1200");
  const [above, below] = [pager.first(), pager.last()];
  const button = (where, name) => where.getByRole("button", { name });
  const first = async () => (await playground.numbers())[0];
  const newest = await first();

  // By keyboard from below: the page is read from its top.
  await button(below, "older").focus();
  await page.keyboard.press("Enter");
  await shows(first, newest - 500);
  await shows(() => button(above, "older").evaluate((button) => button === document.activeElement), true);
  await shows(() => above.getByRole("status").textContent(), /^from \d\d:\d\d:\d\d\.\d{3} to \d/);
  await page.keyboard.press("Enter");
  await shows(first, newest - 1000);
  await shows(() => button(above, "older").getAttribute("aria-disabled"), "true");
  await shows(() => button(above, "older").evaluate((button) => button === document.activeElement), true, "a button without use keeps the focus");
  await page.keyboard.press("Enter");
  await shows(first, newest - 1000);
  assert.deepEqual(await violations(page), []);

  await button(above, "newer").click();
  await shows(first, newest - 500);
  await playground.send("/lab", "echo", '"meanwhile"', { ack: false });
  await shows(() => button(above, "newer").textContent(), "502 newer");
  await shows(first, newest - 500);
  const opened = playground.timeline.nth(5);
  await playground.forms(opened);
  await page.fill("#filter [name=search]", "meanwhile");
  await shows(() => playground.timeline.count(), 2);
  await shows(() => pager.first().isVisible(), false);
  await page.fill("#filter [name=search]", "nothing has these words");
  await page.getByText("No line matches the filters.").waitFor();
  await page.fill("#filter [name=search]", "");
  await shows(first, newest + 2);
  await shows(() => page.getByText("No line matches the filters.").isVisible(), false);

  await page.click("#pause");
  await playground.send("/lab", "echo", '"paused"', { ack: false });
  await page.getByText("paused, 2 new").waitFor();
  await button(above, "older").click();
  await shows(first, newest - 498);
  await button(above, "Newest").click();
  await shows(first, newest + 2, "the page of the newest lines is that of the pause");
  await page.fill("#filter [name=search]", "paused");
  await page.getByText("No line matches the filters.").waitFor();
  await page.click("#pause");
  await shows(() => playground.timeline.count(), 2);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.fill("#filter [name=search]", "");
  await above.waitFor();
  assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)));
  await close();
});

test("an open line stays open while lines come, while filters change and after a pause", async () => {
  const { page, close, playground } = await openQuiet();
  await playground.send("/lab", "echo", '"watched"', { ack: false });
  const line = await playground.line("←", "watched");
  await playground.forms(line);
  const isOpen = () => line.locator("details").evaluate((details) => details.open);
  await page.click("#pause");
  await playground.send("/lab", "echo", '"more"', { ack: false });
  await page.getByText("paused, 2 new").waitFor();
  await page.fill("#filter [name=search]", "watched");
  await shows(() => playground.timeline.count(), 2);
  await shows(isOpen, true);
  await page.fill("#filter [name=search]", "");
  await page.click("#pause");
  await playground.line("←", "more");
  await shows(isOpen, true);
  await close();
});

each("shows a reconnect as it happens", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await page.click("#interrupt");
  await playground.line("connection lost");
  await playground.line("disconnected");
  await playground.send("/lab", "echo", '"buffered meanwhile"');
  await playground.line("attempt to reconnect", "1");
  await playground.line("reconnected");
  await playground.line("←", "buffered meanwhile");
  await shows(() => page.textContent("#messages"), /1 reconnects/);
  const phases = () => page.locator("#strip span").evaluateAll((parts) => parts.map((part) => part.dataset.phase));
  await shows(phases, ["connecting", "connected", "waiting", "reconnecting", "connected"]);
});

each("shows the packets of a namespace that alone is disconnected and connected again", async ({ page, playground }) => {
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.card("/lab").getByRole("button", { name: "Disconnect /lab" }).click();
  await playground.line("connection lost", "forced close");
  await playground.state("closed");
  await playground.card("/lab").getByRole("button", { name: "Connect /lab" }).click();
  await playground.connected("/lab");
  await playground.state("connected");
  await shows(() => page.textContent("#sid"), /[^–]/);
  await playground.send("/lab", "echo", '"again"');
  await playground.line("→", "echo", "again");
  await playground.line("←", "echo", "again");
});

each("refuses without the token, and connects with it", async ({ page, name, playground }) => {
  const secret = name === "socketio2" ? { query: '{"token": "secret"}' } : { auth: '{"token": "secret"}' };
  await playground.connect({ namespaces: "/auth" });
  await playground.line("refused", "auth failed");
  await playground.card("/auth").getByText("not connected", { exact: true }).waitFor();
  await playground.card("/auth").getByText("the server refuses it: auth failed").waitFor();
  await playground.connect(secret);
  await playground.connected("/auth");
  // The link has the secret only if it was asked for.
  await page.click("#share");
  assert.ok(!decodeURIComponent(page.url()).includes("secret"));
  await page.check("#secrets");
  await page.click("#share");
  assert.ok(decodeURIComponent(page.url()).includes("secret"));
});

each(
  "sends headers over polling",
  async ({ playground }) => {
    await playground.connect({ namespaces: "/lab", transports: "polling", headers: '{"x-site": "yes"}' });
    await playground.connected("/lab");
    await playground.send("/lab", "handshake", "");
    await playground.line("←", "handshake", '"x-site":"yes"');
  },
  ["socketio2", "socketio4"],
);

test("a link fills the form of a colleague, and opens nothing by itself", async () => {
  const { page, close } = await open(browser, sites.socketio4.url);
  const first = new Playground(page);
  await first.connect({ namespaces: "/lab /chat", transports: "websocket", version: "eio4", query: '{"a": "b"}' });
  await first.connected("/chat");
  const link = page.url();
  await close();
  const { page: other, close: closeOther } = await open(browser, link);
  const second = new Playground(other);
  const value = (name) => other.locator(`#connect [name="${name}"]`).inputValue();
  assert.deepEqual(
    [await value("namespaces"), await value("transports"), await value("version"), await value("query")],
    ["/lab /chat", "websocket", "eio4", ""],
  );
  await shows(() => other.locator("#live").isHidden(), true);
  await second.connect();
  await second.connected("/lab");
  await closeOther();
});

test("the history has servers and events, survives the page, and can be forgotten", async () => {
  const { page, close } = await open(browser, sites.socketio4.url);
  const playground = new Playground(page);
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.send("/lab", "echo", '"remember me"');
  await playground.line("←", "remember me");
  await page.reload();
  await shows(() => page.locator(`#servers option[value="${sites.socketio4.url}"]`).count(), 1);
  await playground.connect();
  await playground.connected("/lab");
  await playground.card("/lab").getByLabel("Sent before").last().selectOption({ label: 'echo "remember me"' });
  await shows(() => playground.card("/lab").getByLabel("Arguments: JSON").inputValue(), '"remember me"');
  const sent = await playground.line("CONNECT");
  await sent.waitFor();
  await page.click("#forget");
  await shows(() => page.locator("#servers option").count(), 0);
  await close();
});

test("a storage that is full is told, and nothing else fails", async () => {
  const { page, close } = await open(browser, sites.socketio4.url);
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  const playground = new Playground(page);
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await page.getByText("storage is full or switched off").waitFor();
  await playground.send("/lab", "echo", "1");
  await playground.line("←", "echo");
  await close();
});

test("an event that waits for its namespace is counted, until the time for its ack is over", async () => {
  const { page, close, playground } = await openQuiet();
  await page.click("#disconnect");
  await playground.state("closed");
  const badge = playground.card("/lab").locator(".badge");
  await playground.send("/lab", "echo", '"late"', { timeout: "2000" });
  await playground.line("no ack", "has timed out");
  await shows(() => badge.textContent(), "not connected");
  await playground.send("/lab", "echo", '"kept"', { ack: false });
  await shows(() => badge.textContent(), "not connected, 1 buffered");
  await playground.card("/lab").getByRole("button", { name: "Connect /lab" }).click();
  await playground.line("←", "kept");
  await shows(() => badge.textContent(), "connected");
  await close();
});

test("the beginning of a large event is shown, and all of it copied", async () => {
  const { page, close, playground } = await openQuiet();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const args = JSON.stringify(["large", "x".repeat(150_000)], undefined, 2);
  await playground.send("/lab", "echo", args.slice(1, -1), { ack: false });
  const line = await playground.line("←", "large");
  const [decoded] = await playground.forms(line);
  assert.equal(decoded, `${args.slice(0, 100_000)}…`);
  await line.getByRole("button", { name: "Copy" }).first().click();
  await line.getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), args);
  await close();
});

test("an event can be edited and sent again", async () => {
  const { page, close } = await open(browser, sites.socketio4.url);
  const playground = new Playground(page);
  await playground.connect({ namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await playground.send("/lab", "echo", '"first", 1');
  const line = await playground.line("→", "first");
  await playground.forms(line);
  await playground.card("/lab").getByLabel("Arguments: JSON").fill("");
  await line.getByRole("button", { name: "Edit and send again" }).click();
  await shows(() => playground.card("/lab").getByLabel("Arguments: JSON").inputValue(), '"first", 1');
  await close();
});

test("a server that goes away and comes back is reconnected, and each attempt is shown", async () => {
  const site = await startSite("socketio4");
  const { page, close } = await open(browser, site.url, { allowed: NETWORK });
  const playground = new Playground(page);
  // Past the site, whose own connection to the server would answer errors.
  await playground.connect({ url: site.direct, namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  site.stop();
  await playground.line("connection lost");
  await playground.line("not connected", "websocket error");
  await playground.line("attempt to reconnect", "2");
  await shows(() => page.locator("#diagnosis").isHidden(), true, "a connection that was open once needs no advice");
  const again = await startSite("socketio4", { PORT: String(site.port) });
  assert.equal(again.port, site.port);
  await playground.line("reconnected");
  await playground.connected("/lab");
  await close();
});
