/** The globals that every mini-program has, for a check without the typings of a vendor. With those typings, this file is left out. */

declare function setTimeout(run: () => void, delay: number): any;
declare function clearTimeout(timer: any): void;
declare const console: { warn(...values: unknown[]): void; log(...values: unknown[]): void };
