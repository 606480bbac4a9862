// Builds the site into a folder that any static host can serve: `node scripts/build.mjs [<folder>]`, by default target/site. Needs the built package.

import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { build } from "esbuild";

import { comparePage } from "./compare.mjs";
import { differencesPage } from "./differences.mjs";
import { documents, read, repository, STARTS } from "./documents.mjs";
import { escapeHtml } from "./highlight.mjs";
import { render } from "./markdown.mjs";
import { numbersPage } from "./numbers.mjs";
import { LANGUAGES, pageOf, texts } from "./pages.mjs";
import { simulatorPage } from "./simulator.mjs";

const here = join(import.meta.dirname, "..");
const out = process.argv[2] || join(repository, "target", "site");
const dist = join(repository, "client-wasm/npm/dist");
const simulator = join(repository, "target/web/simulator");

if (![join(dist, "index.mjs"), join(simulator, "simulator.js")].every((file) => existsSync(file))) {
  console.error("the npm package or the simulation is not built: run `cargo xtask site`, which builds both");
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
await scripts();
for (const language of LANGUAGES) {
  write(language, { page: "playground", path: "index.html", scripts: ["playground.js"] });
  write(language, numbersPage(texts[language.lang]));
  write(language, differencesPage(texts[language.lang]));
  write(language, comparePage(texts[language.lang]));
  write(language, simulatorPage(language.lang, texts[language.lang]));
  docs(language);
}
copy(join(here, "pages/icon.svg"), "icon.svg");

/** Bundles the scripts and the styles. */
async function scripts() {
  await build({
    entryPoints: {
      site: join(here, "src/site.ts"),
      playground: join(here, "src/playground/main.ts"),
      simulator: join(here, "src/simulator/main.ts"),
      "site.style": join(here, "style/site.css"),
    },
    outdir: out,
    entryNames: "[name]",
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022", "chrome123", "firefox120", "safari17.5"],
    alias: {
      "tidewire/peers": join(dist, "peers.mjs"),
      "tidewire/envelope": join(dist, "envelope.mjs"),
      tidewire: join(dist, "index.mjs"),
      simulator: join(simulator, "simulator.js"),
    },
    // The simulation's module would look for its wasm beside itself, if the page did not name it.
    define: { "import.meta.url": "document.baseURI" },
    logLevel: "error",
  });
  copy(join(simulator, "simulator_bg.wasm"), "simulator.wasm");
  copy(join(out, "site.style.css"), "site.css");
  rmSync(join(out, "site.style.css"));
}

function docs(language) {
  const own = texts[language.lang].docs;
  const all = documents().map((document) => ({
    ...document,
    foreign: document.lang === language.html || (!document.lang && language.lang === "en") ? "" : document.lang || "en",
  }));
  const pageOf = (source) => {
    const found = all.find((one) => one.source === source);
    return found && `${found.slug}.html`;
  };
  const rendered = all.map((document) => ({
    ...document,
    ...render(read(document.source), document.source, { pageOf, file: (source) => picture(source, language) }),
  }));
  for (const document of rendered) {
    write(language, {
      page: "docs",
      path: `docs/${document.slug}.html`,
      title: document.title.replace(/<[^>]*>/g, ""),
      body: article(document, rendered, own),
    });
  }
  write(language, { page: "docs", path: "docs/index.html", body: index(rendered, own, language) });
}

function article({ source, slug, title, headings, html, foreign }, all, own) {
  const lang = foreign ? ` lang="${foreign}"` : "";
  const contents =
    headings.length > 2
      ? `<details class="contents"><summary>${escapeHtml(own.contents)}</summary><ul${lang}>${headings.map(({ id, html }) => `<li><a href="#${id}">${html}</a></li>`).join("")}</ul></details>`
      : "";
  const english = foreign === "en" ? `<p class="hint">${escapeHtml(own.english)}</p>` : "";
  return `<div class="docs"><main id="main"><h1${lang}>${title}</h1>${english}${contents}<article${lang}>${html}</article>
<p class="hint"><a href="https://github.com/tidewire/tidewire/blob/main/${source}">${escapeHtml(own.source)}</a></p></main>
<nav class="side" aria-label="${escapeHtml(own.all)}">${list(all, own, slug)}</nav></div>`;
}

function list(all, own, current) {
  const link = ({ slug, title, foreign }) =>
    `<li><a href="${slug}.html"${slug === current ? ' aria-current="page"' : ""}${foreign && !own[`name.${slug}`] ? ` lang="${foreign}"` : ""}>${own[`name.${slug}`] || title}</a></li>`;
  return ["guides", "reference"]
    .map(
      (group) =>
        `<h2>${escapeHtml(own[`group.${group}`])}</h2><ul>${all
          .filter((one) => one.group === group)
          .map(link)
          .join("")}</ul>`,
    )
    .join("");
}

function index(all, own, { lang }) {
  const start = ({ name, slug, zh, hash }) =>
    `<a class="start" href="${(lang === "zh" && zh) || slug}.html${hash}"><b>${escapeHtml(own[`start.${name}`])}</b><span>${escapeHtml(own[`start.${name}.lead`])}</span></a>`;
  return `<main id="main"><h1>${escapeHtml(own.title)}</h1><p>${escapeHtml(own.lead)}</p><h2>${escapeHtml(own["group.start"])}</h2><div class="starts">${STARTS.map(start).join("")}</div><div class="lists">${list(all, own, "")}</div></main>`;
}

/** Copies a picture of a document. Returns its address from a page in docs/. */
function picture(source, { folder }) {
  const name = `pictures/${basename(source)}`;
  copy(join(repository, source), name);
  return `${folder ? "../" : ""}../${name}`;
}

function write(language, page) {
  const file = join(out, language.folder, page.path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, pageOf(language, page));
}

function copy(from, name) {
  mkdirSync(dirname(join(out, name)), { recursive: true });
  copyFileSync(from, join(out, name));
}
