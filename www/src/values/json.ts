/** JSON with the position of the first fault, which browsers tell differently or not at all. */

/** A fault in a text. The position counts from 0, the line and the column from 1. */
export interface JsonFault {
  position: number;
  line: number;
  column: number;
  /** The character there, or nothing at the end of the text. */
  found: string | undefined;
  expected: Expected;
}

export type Expected =
  | "value"
  | "valueOrBracket"
  | "commaOrBracket"
  | "commaOrBrace"
  | "commaOrEnd"
  | "name"
  | "nameOrBrace"
  | "colon"
  | "end"
  | "string"
  | "escape"
  | "number"
  | "depth";

export type Parsed = { value: unknown; fault?: undefined } | { value?: undefined; fault: JsonFault };

/** Arrays and objects may be nested this deep. */
const MAX_DEPTH = 1000;

/** Reads one JSON value. */
export function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: faultIn(text, 0) };
  }
}

/** Reads JSON values with commas between them, such as the arguments of an event. A blank text has none. */
export function parseValues(text: string): { values: unknown[]; fault?: undefined } | { values?: undefined; fault: JsonFault } {
  if (!text.trim()) return { values: [] };
  // The line break ends nothing in JSON, and keeps our bracket out of an unfinished string.
  const list = `[${text}\n]`;
  try {
    return { values: JSON.parse(list) as unknown[] };
  } catch {
    return { fault: faultIn(list, 1) };
  }
}

/** Returns the first fault in `text`, whose first `skipped` characters are not the user's. */
function faultIn(text: string, skipped: number): JsonFault {
  const scanner = new Scanner(text);
  let fault: Stop;
  try {
    scanner.whole();
    fault = new Stop(0, "value");
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    fault = stop;
  }
  const end = skipped && fault.expected === "end" ? closed(text, fault) : fault;
  const expected = skipped && scanner.level === 1 ? unbracketed(end.expected) : end.expected;
  const position = Math.max(0, end.at - skipped);
  const own = skipped ? text.slice(skipped, -2) : text;
  const before = own.slice(0, position).split("\n");
  return {
    position,
    line: before.length,
    column: (before.at(-1) as string).length + 1,
    found: position < own.length ? String.fromCodePoint(own.codePointAt(position) as number) : undefined,
    expected,
  };
}

/** A bracket of the user has closed ours: all before it is right. */
function closed(text: string, { at }: Stop): Stop {
  const bracket = text.lastIndexOf("]", at - 1);
  return new Stop(bracket, text.slice(1, bracket).trim() ? "commaOrEnd" : "value");
}

/** Our bracket is not the user's: the end of the text closes it. */
function unbracketed(expected: Expected): Expected {
  if (expected === "commaOrBracket") return "commaOrEnd";
  return expected === "valueOrBracket" ? "value" : expected;
}

/** Where and why the scanner stopped. */
class Stop {
  constructor(
    readonly at: number,
    readonly expected: Expected,
  ) {}
}

/** Follows the grammar of RFC 8259, and stops at the first character that breaks it. */
class Scanner {
  private at = 0;
  private depth = 0;
  constructor(private readonly text: string) {}

  /** How many arrays and objects are open. */
  get level(): number {
    return this.depth;
  }

  whole(): void {
    this.value();
    if (this.at < this.text.length) throw new Stop(this.at, "end");
  }

  /** Reads a value and the blanks around it. */
  private value(expected: Expected = "value"): void {
    this.blanks();
    const start = this.text[this.at];
    if (start === "{") this.list("}", "commaOrBrace", (isFirst) => this.member(isFirst ? "nameOrBrace" : "name"));
    else if (start === "[") this.list("]", "commaOrBracket", (isFirst) => this.value(isFirst ? "valueOrBracket" : "value"));
    else if (start === '"') this.string();
    else if (start !== undefined && /[-0-9]/.test(start)) this.number();
    else this.word(expected);
    this.blanks();
  }

  private list(close: string, expected: Expected, item: (isFirst: boolean) => void): void {
    if (++this.depth > MAX_DEPTH) throw new Stop(this.at, "depth");
    this.at++;
    this.blanks();
    if (this.text[this.at] !== close) {
      item(true);
      while (this.text[this.at] === ",") {
        this.at++;
        item(false);
      }
      if (this.text[this.at] !== close) throw new Stop(this.at, expected);
    }
    this.at++;
    this.depth--;
  }

  private member(expected: Expected): void {
    this.blanks();
    if (this.text[this.at] !== '"') throw new Stop(this.at, expected);
    this.string();
    this.blanks();
    if (this.text[this.at] !== ":") throw new Stop(this.at, "colon");
    this.at++;
    this.value();
  }

  private string(): void {
    this.at++;
    for (;;) {
      const next = this.text[this.at];
      if (next === undefined || next < " ") throw new Stop(this.at, "string");
      if (next === "\\") this.match(/\\(["\\/bfnrt]|u[0-9a-fA-F]{4})/y, "escape");
      else this.at++;
      if (next === '"') return;
    }
  }

  private number(): void {
    this.match(/-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?(?![.\w])/y, "number");
  }

  private word(expected: Expected): void {
    this.match(/(true|false|null)(?!\w)/y, expected);
  }

  private blanks(): void {
    this.match(/[ \t\r\n]*/y, "value");
  }

  private match(pattern: RegExp, expected: Expected): void {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) throw new Stop(this.at, expected);
    this.at = pattern.lastIndex;
  }
}
