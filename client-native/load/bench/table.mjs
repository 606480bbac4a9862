// Tables in Markdown, so that they can stand in the README as they are printed.

/// Prints a table. Numbers stand right.
export function table(head, rows) {
  const marks = head.map((_, column) => (rows.every((row) => /^[\d.,-]/.test(String(row[column]))) ? '---:' : '---'));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log([line(head), `|${marks.join('|')}|`, ...rows.map(line)].join('\n'), '\n');
}

/// A number with at most three digits that say something.
export function short(number) {
  if (number === undefined || Number.isNaN(number)) return '-';
  if (Math.abs(number) >= 100) return Math.round(number).toLocaleString('en');
  return String(Number(number.toPrecision(number < 1 ? 2 : 3)));
}
