// Every page of the site: size, accessibility, links, phones, themes, languages, keyboard, and a clean console.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { GROUPS } from "../../../client-wasm/npm/speed/groups.mjs";
import { follow, open, openBrowser, Playground, SITE, shows, startSite, violations } from "./world.mjs";

/** The bytes, after gzip, that a page may load. */
const MOST = 100_000;

const pages = readdirSync(SITE, { recursive: true }).filter((name) => name.endsWith(".html"));

let browser;
let site;

before(async () => {
  browser = await openBrowser();
  site = await startSite("testbed");
});

/** All documents have one style, and the same structure in both languages: a dark or Chinese page of two of them stands for all. */
function isChecked(name, colorScheme) {
  return !isDocument(name) || isSample(name) || (colorScheme === "light" && !name.startsWith("zh/"));
}

const isDocument = (name) => name.includes("docs/");
const isSample = (name) => /docs\/(index|npm-zh|storms|bots)\.html$/.test(name);

const isTooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

test("each page loads less than 100 kB", () => {
  assert.ok(pages.length > 30);
  for (const name of pages) {
    const html = readFileSync(join(SITE, name), "utf8");
    const files = [...html.matchAll(/<(?:script|link rel="(?:stylesheet|icon)"|img|svg id="diagram")[^>]*? (?:src|href|data-wasm)="([^"]+)"/g)].map(
      ([, file]) => join(SITE, dirname(name), file),
    );
    const bytes = [join(SITE, name), ...files].reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
    assert.ok(bytes < MOST, `${name} loads ${bytes} bytes`);
  }
});

test("each link within the site leads somewhere, and none to this machine's root", () => {
  for (const name of pages) {
    const html = readFileSync(join(SITE, name), "utf8");
    for (const [, href] of html.matchAll(/(?:href|src)="([^"]+)"/g)) {
      if (/^(https?|data|mailto):/.test(href)) continue;
      const [path, hash] = href.split("#");
      assert.ok(!path.startsWith("/"), `${name}: ${href} is not relative`);
      const target = path ? join(SITE, dirname(name), path) : join(SITE, name);
      assert.ok(existsSync(target), `${name}: ${href} leads nowhere`);
      // The hash of a seed is not a place in the page.
      if (hash && !hash.includes("="))
        assert.ok(readFileSync(target, "utf8").includes(`id="${decodeURIComponent(hash)}"`), `${name}: ${href} has no such heading`);
    }
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`no page breaks a rule of axe or is wider than a phone, ${colorScheme}`, async () => {
    const { page, close } = await open(browser, site.url, { colorScheme, viewport: { width: 390, height: 844 } });
    for (const name of pages.filter((name) => isChecked(name, colorScheme))) {
      await page.goto(`${site.url}/${name}`);
      // The contrast takes most of the time; it is that of the samples.
      const without = isDocument(name) && !isSample(name) ? ["color-contrast"] : [];
      assert.deepEqual(await violations(page, without), [], name);
      assert.ok(!(await isTooWide(page)), `${name} is wider than a phone`);
    }
    await close();
  });

  test(`the playground in use breaks no rule of axe, ${colorScheme}`, async () => {
    const { page, close } = await open(browser, site.url, { colorScheme });
    const playground = new Playground(page);
    await playground.connect({ namespaces: "/lab /auth", url: site.url });
    await playground.connected("/lab");
    await playground.line("refused");
    await playground.send("/lab", "question", '"?"', { ack: false });
    await page.locator(".request").waitFor();
    await playground.send("/lab", "echo", "{");
    await playground.forms(await playground.line("→", "question"));
    await page.locator(".peers summary").first().click();
    await page.click("#pause");
    assert.deepEqual(await violations(page), []);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      assert.ok(!(await isTooWide(page)), `wider than ${width}`);
    }
    await close();
  });
}

test("the theme follows the system until the switch is used, and is kept", async () => {
  const { page, close } = await open(browser, site.url, { colorScheme: "dark" });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background();
  assert.notEqual(light, dark);
  const button = page.getByRole("button", { name: "Dark theme" });
  await shows(() => button.getAttribute("aria-pressed"), "false");
  await button.click();
  await shows(background, dark);
  await page.goto(`${site.url}/docs/index.html`);
  await shows(background, dark);
  await shows(() => button.getAttribute("aria-pressed"), "true");
  await button.click();
  await shows(background, light);
  await page.emulateMedia({ colorScheme: "dark" });
  await shows(background, dark, "the switch back to the system's theme follows the system again");
  await close();
});

test("each page has the same page in the other language", async () => {
  const { page, close } = await open(browser, `${site.url}/docs/in-a-cluster.html`);
  await follow(page, page.getByRole("link", { name: "中文", exact: true }));
  assert.match(page.url(), /\/zh\/docs\/in-a-cluster\.html$/);
  await shows(() => page.getAttribute("html", "lang"), "zh-CN");
  await shows(() => page.getAttribute("article", "lang"), "en");
  await follow(page, page.getByRole("navigation", { name: "页面" }).getByText("试验场"));
  await page.getByRole("button", { name: "连接", exact: true }).click();
  await page.getByText("socket.io 3.x 或 4.x（Engine.IO 4）").waitFor();
  await follow(page, page.getByRole("link", { name: "English" }));
  await shows(() => page.getAttribute("html", "lang"), "en");
  await close();
});

test("the playground works by keyboard alone", async () => {
  const { page, close } = await open(browser, site.url);
  const playground = new Playground(page);
  await page.keyboard.press("Tab");
  await shows(() => page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await shows(() => page.evaluate(() => document.activeElement.name), "url");
  await page.keyboard.press("Enter");
  await playground.connected("/lab");
  await playground.card("/lab").getByLabel("Event", { exact: true }).focus();
  await page.keyboard.press("Enter");
  const line = await playground.line("←", "echo");
  await line.locator("summary").focus();
  await page.keyboard.press("Enter");
  await line.getByText("Decoded").waitFor();
  await close();
});

test("the page of numbers shows every figure that is measured, and draws those that the error does not hide", async () => {
  const data = (name) => JSON.parse(readFileSync(join(import.meta.dirname, "../../data", `${name}.json`), "utf8"));
  const { samples } = data("speed");
  assert.deepEqual(Object.keys(samples).sort(), Object.keys(GROUPS).sort());
  const { page, close } = await open(browser, `${site.url}/numbers.html`);
  const rows = ["library", "node", "chromium", "start", "memory"].flatMap((group) => Object.entries(samples[group]));
  const names = (entries) => entries.map(([name]) => name);
  assert.deepEqual(await page.locator("details th[scope=row]").allTextContents(), names(rows));
  // A difference of two measurements may be below 0.
  const clear = rows.filter(([, clients]) =>
    Object.values(clients)
      .flat()
      .every((value) => value > 0),
  );
  const sizes = data("sizes").rows.map(({ name }) => name);
  assert.deepEqual(await page.locator(".bars li > span:first-child").allTextContents(), [...sizes, ...names(clear)]);
  const figures = await page.locator(".bars b").allTextContents();
  assert.deepEqual(
    figures.filter((figure) => !/^\d+\.\d+$/.test(figure)),
    [],
  );
  await close();
});

test("the documents have their code, tables and pictures", async () => {
  const { page, close } = await open(browser, `${site.url}/docs/npm.html`);
  await shows(() => page.textContent("h1"), "tidewire");
  assert.ok((await page.locator("article pre code").count()) > 10);
  await page.goto(`${site.url}/docs/storms.html`);
  const loaded = () => page.locator("article img").evaluateAll((images) => images.every((image) => image.complete && image.naturalWidth > 0));
  for (const image of await page.locator("article img").all()) await image.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => [...document.querySelectorAll("article img")].every((image) => image.complete));
  assert.ok(await loaded());
  await close();
});
