// Turns a Markdown file of the repository into HTML: links to other documents become links to their pages, all others lead to the repository.

import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { Marked } from "marked";

import { repository } from "./documents.mjs";
import { escapeHtml, highlight } from "./highlight.mjs";

const SOURCE = "https://github.com/tidewire/tidewire/blob/main/";

/**
 * Returns the title, the headings and the HTML of a document. `pageOf` returns the page of a source, or nothing; `file` takes a picture into
 * the site and returns its address.
 */
export function render(markdown, source, { pageOf, file }) {
  const headings = [];
  const used = new Map();
  const address = (href) => target(href, source, { pageOf });
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text }) {
        const id = unique(slug(text), used);
        const html = this.parser.parseInline(tokens);
        headings.push({ depth, id, html: html.replace(/<a [^>]*>|<\/a>/g, "") });
        return depth === 1 ? "" : `<h${depth} id="${id}">${html}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        return `<a href="${escapeHtml(address(href))}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text }) {
        const from = /^[a-z]+:/.test(href) ? href : file(normalize(join(dirname(source), href)));
        return `<img src="${escapeHtml(from)}" alt="${escapeHtml(text)}" loading="lazy">`;
      },
      // A block that is wider than the page scrolls by keyboard, too.
      code({ text, lang }) {
        return `<pre tabindex="0"><code>${highlight(text, lang)}</code></pre>\n`;
      },
      table(token) {
        const cell = (tag) => (one) => `<${tag}>${this.parser.parseInline(one.tokens)}</${tag}>`;
        const isBlank = token.header.every((one) => !one.text.trim());
        const head = isBlank ? "" : `<thead><tr>${token.header.map(headCell(cell)).join("")}</tr></thead>`;
        const body = token.rows.map((row) => `<tr>${row.map(cell("td")).join("")}</tr>`).join("\n");
        return `<div class="table" tabindex="0"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  const html = marked.parse(markdown);
  const title = headings.find(({ depth }) => depth === 1)?.html || source;
  return { title, headings: headings.filter(({ depth }) => depth === 2), html };
}

/** A column of names often has no title. */
const headCell = (cell) => (one) => (one.text.trim() ? cell("th")(one) : "<td></td>");

function target(href, source, { pageOf }) {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path, hash] = href.split("#");
  const found = normalize(join(dirname(source), path)).replace(/\/$/, "");
  const own = pageOf(found) || pageOf(`${found}/README.md`);
  const end = hash ? `#${hash}` : "";
  if (own) return own + end;
  if (!existsSync(join(repository, found))) throw new Error(`${source}: the link ${href} leads nowhere`);
  return SOURCE + found + end;
}

/** Returns the id that GitHub gives a heading, so that links work there and here. */
const slug = (text) =>
  text
    .toLowerCase()
    .replace(/<[^>]*>|`/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

function unique(id, used) {
  const count = used.get(id) || 0;
  used.set(id, count + 1);
  return count ? `${id}-${count}` : id;
}
