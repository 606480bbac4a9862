// `require` of a mini-program: relative and absolute paths of the code package, then `miniprogram_npm` from the folder upwards.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runInContext } from "node:vm";

import { parse } from "acorn";

/** Names that the module wrapper hides. */
const HIDDEN = ["window", "document", "self", "global", "frames", "location", "navigator", "localStorage", "history", "XMLHttpRequest", "WebSocket"];

/** Returns the function `require` of the package in `root`, as the code in its root has it. */
export function createRequire(root, realm) {
  const modules = new Map();

  const find = (folder, name) => {
    const candidates = (path) => [path, path + ".js", join(path, "index.js")].filter((file) => file.endsWith(".js"));
    const paths = [];
    if (/^\.{0,2}\//.test(name)) paths.push(...candidates(name.startsWith("/") ? name : join(folder, name)));
    else
      for (let at = folder; ; at = dirname(at)) {
        paths.push(...candidates(join(at, "miniprogram_npm", name)));
        if (at === "/") break;
      }
    const file = paths.find((path) => existsSync(join(root, path)));
    if (!file) throw new Error(`module '${name}' is not defined, require args is '${name}'`);
    return file;
  };

  const load = (file) => {
    const known = modules.get(file);
    if (known) return known.exports;
    const code = readFileSync(join(root, file), "utf8");
    // The package's own files must have old syntax; the application's are compiled by the tools.
    if (file.includes("miniprogram_npm")) parse(code, { ecmaVersion: 2015, allowReserved: true });
    const module = { exports: {} };
    modules.set(file, module);
    const wrapper = runInContext(`(function (require, module, exports, ${HIDDEN.join(", ")}) {${code}\n})`, realm, { filename: file });
    wrapper.call(module.exports, requireFrom(dirname(file)), module, module.exports);
    return module.exports;
  };

  const requireFrom = (folder) => (name) => load(find(folder, name));
  return requireFrom("/");
}
