// Colours code: comments, strings, numbers and keywords. Enough for samples, without a library.

const KEYWORDS = {
  js: "async await break case catch class const continue default delete do else export extends false finally for from function get if implements import in instanceof interface let new null of return set static super switch this throw true try type typeof undefined var void while yield",
  rust: "as async await break const continue dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while",
  sh: "cargo cd do done export for if fi in node npm then yarn pnpm",
  toml: "true false",
};
const FAMILY = {
  js: "js",
  mjs: "js",
  jsx: "js",
  ts: "js",
  tsx: "js",
  javascript: "js",
  typescript: "js",
  vue: "js",
  json: "js",
  rust: "rust",
  rs: "rust",
  sh: "sh",
  bash: "sh",
  shell: "sh",
  toml: "toml",
  yaml: "toml",
  yml: "toml",
};

const SHAPES = {
  js: String.raw`(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|` + "`(?:\\\\.|[^`\\\\])*`)",
  rust: String.raw`(?<comment>\/\/[^\n]*)|(?<string>"(?:\\.|[^"\\])*")`,
  sh: String.raw`(?<comment>(?<=^|\s)#[^\n]*)|(?<string>"(?:\\.|[^"\\])*"|'[^']*')`,
};
SHAPES.toml = SHAPES.sh;

export const escapeHtml = (text) => text.replace(/[&<>"]/g, (found) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[found]);

/** Returns HTML for code in a language; an unknown one has no colours. */
export function highlight(code, language) {
  const family = FAMILY[(language || "").split(/[\s,]/)[0]];
  if (!family) return escapeHtml(code);
  const words = new Set(KEYWORDS[family].split(" "));
  const tokens = new RegExp(`${SHAPES[family]}|(?<word>[A-Za-z_][\\w]*)|(?<number>\\b\\d[\\d_.]*)`, "gm");
  let html = "";
  let end = 0;
  for (const found of code.matchAll(tokens)) {
    const { comment, string, word, number } = found.groups;
    const kind = comment ? "c" : string ? "s" : number ? "n" : words.has(word) ? "k" : "";
    html += escapeHtml(code.slice(end, found.index)) + (kind ? `<span class="${kind}">${escapeHtml(found[0])}</span>` : escapeHtml(found[0]));
    end = found.index + found[0].length;
  }
  return html + escapeHtml(code.slice(end));
}
