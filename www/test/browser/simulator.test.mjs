// The simulator: runs seeds in wasm, steps through them, and adds faults.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { open, openBrowser, serveAlone, shows, violations } from "./world.mjs";

let browser;
let url;

before(async () => {
  browser = await openBrowser();
  url = `${await serveAlone()}/simulator.html`;
});

/** Waits until a run is shown. Returns its hash. */
async function hashOf(page) {
  await page.waitForFunction(() => /hash [0-9a-f]{16}/.test(document.getElementById("summary").textContent));
  const summary = await page.textContent("#summary");
  assert.match(summary, /No law was broken\.$/);
  return /hash ([0-9a-f]{16})/.exec(summary)[1];
}

test("a seed is always the same run, and its address opens it", async () => {
  const { page, close } = await open(browser, url);
  await shows(() => page.locator("#run").isHidden(), true, "nothing runs before the user wants it");
  await page.fill("#seed", "1076");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const hash = await hashOf(page);
  await page.getByRole("button", { name: "To the end" }).click();
  const moment = await page.textContent("#moment");
  const link = page.url();
  await close();
  const other = await open(browser, link);
  await shows(() => hashOf(other.page), hash);
  assert.equal((await other.page.textContent("#moment")).split(",")[0], moment.split(",")[0]);
  await other.close();
});

test("an address opens the step that is shown, also if several are at one time", async () => {
  const { page, close } = await open(browser, `${url}#seed=13`);
  await hashOf(page);
  const moment = () => page.textContent("#moment");
  const position = () => page.inputValue("#position");
  const timeOf = (text) => text.split(",")[0];
  let [before, now] = ["", await moment()];
  // The second of two different rows of one time.
  while (timeOf(before) !== timeOf(now) || before === now) {
    await page.click("#next");
    [before, now] = [now, await moment()];
  }
  const [link, place] = [page.url(), await position()];
  await close();
  const other = await open(browser, link);
  await hashOf(other.page);
  await shows(() => other.page.textContent("#moment"), now);
  await shows(() => other.page.inputValue("#position"), place);
  await other.close();
});

test("a run is stepped, scrubbed and played", async () => {
  const { page, close } = await open(browser, `${url}#seed=13`);
  await hashOf(page);
  const position = () => page.locator("#position").inputValue().then(Number);
  await page.getByRole("button", { name: "On", exact: true }).click();
  await page.getByRole("button", { name: "On", exact: true }).click();
  await shows(position, 2);
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await shows(position, 1);
  await page.getByRole("button", { name: "On by a page" }).click();
  await shows(position, 23);
  await page.locator("#position").focus();
  await page.keyboard.press("ArrowRight");
  await shows(position, 24);
  await shows(() => page.getAttribute("#position", "aria-valuetext"), /^\d+\.\d{3} s, (client|network|server): ./);
  await shows(() => page.locator("#diagram circle").count(), 22);
  assert.ok((await page.locator("#diagram line.flight").count()) > 3);
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => Number(document.getElementById("position").value) >= 26);
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: "To the beginning" }).click();
  await shows(position, 0);
  await close();
});

test("faults are added at the moment that is shown, and removed", async () => {
  const { page, close } = await open(browser, `${url}#seed=13&at=1048`);
  const plain = await hashOf(page);
  const hashes = new Set([plain]);
  for (const fault of await page.locator("#fault option").evaluateAll((options) => options.map((option) => option.value))) {
    await page.selectOption("#fault", fault);
    await page.click("#add-fault");
    await page.locator("#faults button").waitFor();
    hashes.add(await hashOf(page));
    assert.match(page.url(), new RegExp(`faults=\\d+%3A${fault}`));
    await page.locator("#faults button").click();
    await page.locator("#faults button").waitFor({ state: "detached" });
    await shows(() => hashOf(page), plain);
  }
  assert.ok(hashes.size > 5, "the faults change the run");
  await page.selectOption("#fault", "cut");
  await page.click("#add-fault");
  await page.locator("#diagram").getByText("links cut").first().waitFor();
  await page.getByRole("button", { name: "To the end" }).click();
  await shows(() => page.locator("#add-fault").isDisabled(), true, "all faults have ended");
  await close();
});

test("the gallery opens its seeds", async () => {
  const { page, close } = await open(browser, url);
  await page.getByRole("link", { name: "Seed 597" }).click();
  await hashOf(page);
  await shows(() => page.inputValue("#seed"), "597");
  await close();
});

test("a text that is not a seed is told", async () => {
  const { page, close } = await open(browser, `${url}#seed=dragon&faults=%%%`);
  await shows(() => page.locator("#run").isHidden(), true);
  await shows(() => page.inputValue("#seed"), "dragon");
  await shows(() => page.textContent("#seed-problem"), /^Expected: a whole number/);
  for (const bad of ["", "dragon", "-1", "18446744073709551616"]) {
    await page.fill("#seed", bad);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await shows(() => page.textContent("#seed-problem"), /^Expected: a whole number/);
  }
  await page.getByRole("button", { name: "A random seed" }).click();
  await hashOf(page);
  await shows(() => page.locator("#seed-problem").isHidden(), true);
  await close();
});

test("a simulation that cannot be loaded is told, and tried again", async () => {
  const { page, close } = await open(browser, url, { allowed: /Failed to load resource/ });
  await page.route("**/simulator.wasm", (route) => route.fulfill({ status: 500 }));
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText(/^The simulation does not run: ./).waitFor();
  await page.unroute("**/simulator.wasm");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await hashOf(page);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`a run breaks no rule of axe and fits a phone, ${colorScheme}`, async () => {
    const { page, close } = await open(browser, `${url}#seed=13&faults=1048:cut`, { colorScheme, viewport: { width: 390, height: 844 } });
    await hashOf(page);
    assert.deepEqual(await violations(page), []);
    assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)));
    await close();
  });
}
