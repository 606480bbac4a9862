// Fills the templates of pages/ with the texts of a language.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { escapeHtml } from "./highlight.mjs";

const here = join(import.meta.dirname, "..");
const template = (name) => readFileSync(join(here, "pages", `${name}.html`), "utf8");

export const LANGUAGES = [
  { lang: "en", html: "en", folder: "", other: "zh" },
  { lang: "zh", html: "zh-CN", folder: "zh/", other: "en" },
];

export const texts = Object.fromEntries(LANGUAGES.map(({ lang }) => [lang, JSON.parse(readFileSync(join(here, "texts", `${lang}.json`), "utf8"))]));

/** The pages of the menu, by their names in the texts. */
const MENU = {
  playground: "index.html",
  docs: "docs/index.html",
  numbers: "numbers.html",
  simulator: "simulator.html",
  differences: "differences.html",
  compare: "compare.html",
};

/**
 * Returns the HTML of a page. `page` is its name in the texts, `path` its place in the folder of the language; `body` is HTML, or the page's
 * own template is taken.
 */
export function pageOf({ lang, html, folder, other }, { page, path, title, description, body, scripts = [], values: more = {} }) {
  const own = texts[lang];
  const section = (name) => own[page]?.[name];
  const depth = (folder + path).split("/").length - 1;
  const home = "../".repeat(path.split("/").length - 1) || "./";
  const root = "../".repeat(depth) || "./";
  const otherFolder = LANGUAGES.find((one) => one.lang === other);
  const values = {
    lang: html,
    otherLang: otherFolder.html,
    title: title ? `${title} – tidewire` : section("pageTitle"),
    description: description || section("description"),
    root,
    home,
    other: `${root}${otherFolder.folder}${path}`,
    ...more,
  };
  const menu = Object.entries(MENU).map(([name, address]) => {
    const isCurrent = name === page ? ' aria-current="page"' : "";
    return `<a href="${home}${address}"${isCurrent}>${escapeHtml(own.site[`nav.${name}`])}</a>`;
  });
  const tags = scripts.map((name) => `<script src="${root}${name}"></script>`);
  // A `<` in a text must not end the element.
  if (scripts.length)
    tags.unshift(`<script type="application/json" id="texts">${JSON.stringify(textsOf(own, page)).replaceAll("<", "\\u003c")}</script>`);
  const filled = fill(
    template("layout"),
    { ...values, nav: raw(menu.join("")), styles: "", scripts: raw(tags.join("\n")), body: raw(body ?? fill(template(page), values, own)) },
    own,
  );
  return filled.replaceAll(/\n{2,}/g, "\n");
}

/** Returns the texts that the script of a page uses: those of the simulator begin with `sim` or `fault`. */
function textsOf({ script }, page) {
  return Object.fromEntries(Object.entries(script).filter(([key]) => /^(sim|fault)\./.test(key) === (page === "simulator")));
}

/** Marks HTML that is not escaped again. */
export const raw = (html) => ({ html });

/** Replaces each `{{name}}`: by a value, or by a text of the language, such as `{{playground.title}}`. */
export function fill(source, values, own = {}) {
  return source.replace(/\{\{([\w.]+)\}\}/g, (place, name) => {
    const [section, ...rest] = name.split(".");
    const value = values[name] ?? own[section]?.[rest.join(".")];
    if (value === undefined) throw new Error(`nothing fills ${place}`);
    return value.html ?? escapeHtml(value);
  });
}

/** Fills the places of a text, such as `{date}`, and escapes it. */
export const sentence = (text, values = {}) =>
  escapeHtml(text).replace(/\{(\w+)\}/g, (_, name) => values[name]?.html ?? escapeHtml(String(values[name])));
