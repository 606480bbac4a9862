// The documents of the site: Markdown files of the repository, in their groups. None is copied into this folder.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const repository = join(import.meta.dirname, "../..");

const guides = ["from-socket-io-client", "from-weapp-socket-io", "from-rust-socketio", "egg-socket-io", "laravel", "bots", "in-a-cluster"];

/** Each document has a page, `docs/<slug>.html`, in both languages of the site. `lang` is the document's own language, by default English. */
const LISTED = [
  { group: "reference", slug: "readme", source: "README.md" },
  { group: "reference", slug: "compatibility", source: "docs/compatibility.md" },
  { group: "reference", slug: "npm", source: "client-wasm/npm/README.md" },
  { group: "guides", slug: "npm-zh", source: "client-wasm/npm/README.zh-CN.md", lang: "zh-CN" },
  { group: "guides", slug: "mini-programs", source: "client-wasm/npm/docs/mini-programs.md" },
  ...guides.map((slug) => ({ group: "guides", slug, source: `docs/guides/${slug}.md` })),
  { group: "reference", slug: "rust-in-the-browser", source: "client-wasm/web/README.md" },
  { group: "reference", slug: "load", source: "client-native/load/README.md" },
  { group: "reference", slug: "testbed", source: "server-testbed/README.md" },
  { group: "reference", slug: "cluster", source: "server-testbed/cluster/README.md" },
  { group: "reference", slug: "faults", source: "server-testbed/faults/README.md" },
  { group: "reference", slug: "storms", source: "client-core/docs/storms.md" },
  { group: "reference", slug: "simulation", source: "client-core/sim/README.md" },
  { group: "reference", slug: "architecture", source: "ARCHITECTURE.md" },
  { group: "reference", slug: "contributing", source: "CONTRIBUTING.md" },
  { group: "reference", slug: "changelog", source: "CHANGELOG.md" },
  { group: "reference", slug: "security", source: "SECURITY.md" },
  { group: "reference", slug: "licenses", source: "docs/licenses.md" },
];

/** The cards of the quick starts: the part of a document that each one opens. `zh` is the document of the Chinese card. */
export const STARTS = [
  { name: "browser", slug: "npm", hash: "" },
  { name: "node", slug: "readme", hash: "#quick-start-a-web-page-or-a-node-program" },
  { name: "mini", slug: "mini-programs", zh: "npm-zh", hash: "" },
  { name: "rust", slug: "readme", hash: "#quick-start-a-bot-or-a-service-in-rust" },
  { name: "web", slug: "rust-in-the-browser", hash: "" },
  { name: "load", slug: "load", hash: "" },
];

/** Returns the documents that exist. A guide that no list names has a page, too. */
export function documents() {
  const others = readdirSync(join(repository, "docs"), { recursive: true })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .filter((source) => !LISTED.some((one) => one.source === source))
    .map((source) => ({
      group: "guides",
      slug: source
        .replace(/^docs\/|\.md$/g, "")
        .replace("guides/", "")
        .replaceAll("/", "-"),
      source,
    }));
  return [...LISTED, ...others].filter(({ source }) => existsSync(join(repository, source)));
}

export const read = (source) => readFileSync(join(repository, source), "utf8");
