// Copies the package's documents: a link to a file that is not published becomes one to the repository.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const NAMES = ["README.md", "README.zh-CN.md", "docs/mini-programs.md"];

/** Where the repository shows the files of this folder. */
const SOURCE = "https://github.com/tidewire/tidewire/blob/main/client-wasm/npm/";

/** Copies the documents of a folder to that of the package. */
export function copyDocuments(npm, dist) {
  mkdirSync(join(dist, "docs"), { recursive: true });
  for (const name of NAMES) writeFileSync(join(dist, name), published(readFileSync(join(npm, name), "utf8"), name));
}

/** Returns the text of a document with links that work wherever the package is. */
function published(text, name) {
  return text.replace(/(?<=\]\()(?![a-z]+:|#)[^)]+(?=\))/g, (link) => {
    const file = join(dirname(name), link.split("#")[0]);
    return NAMES.includes(file) ? link : new URL(link, SOURCE + name).href;
  });
}

/** Returns the links of the package's documents that lead nowhere in it. */
export function brokenLinks(dist) {
  return NAMES.flatMap((name) => {
    const links = readFileSync(join(dist, name), "utf8").match(/(?<=\]\()(?![a-z]+:|#)[^)]+(?=\))/g) ?? [];
    return links.filter((link) => !existsSync(join(dist, dirname(name), link.split("#")[0]))).map((link) => `${name}: ${link}`);
  });
}
