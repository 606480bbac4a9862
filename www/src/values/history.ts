/** Texts that the user entered before, in the browser's storage. A storage that is full or forbidden is not an error. */

const PREFIX = "tidewire.";

/** Returns a stored value, or `fallback` if there is none of that type. */
export function load<T>(name: string, fallback: T, isValid: (value: unknown) => value is T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    const value: unknown = text === null ? fallback : JSON.parse(text);
    return isValid(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

/** Stores a value. Returns whether it was stored. */
export function save(name: string, value: unknown): boolean {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function remove(name: string): void {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // A storage that cannot be read holds nothing.
  }
}

/** A list of texts, the newest first, without doubles. */
export class History {
  constructor(
    private readonly name: string,
    private readonly most: number,
  ) {}

  get items(): string[] {
    return load<string[]>(this.name, [], isTexts);
  }

  /** Adds a text. If the storage is full, older ones make room. Returns whether it was stored. */
  add(text: string): boolean {
    let items = [text, ...this.items.filter((item) => item !== text)].slice(0, this.most);
    while (!save(this.name, items)) {
      if (items.length === 1) return false;
      items = items.slice(0, Math.ceil(items.length / 2));
    }
    return true;
  }

  clear(): void {
    remove(this.name);
  }
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === "string");
