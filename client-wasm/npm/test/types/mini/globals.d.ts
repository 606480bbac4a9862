/**
 * The globals of mini-programs, for the check that the build for them uses no others. A global that only other hosts have may be `undefined`: to
 * use it without a test first is an error.
 */

// ---- every mini-program has these ----

declare function setTimeout(run: () => void, delay: number): any;
declare function clearTimeout(timer: any): void;
declare const console: { warn(...values: unknown[]): void };

/** The bundler replaces it. */
declare const process: { env: { NODE_ENV?: string } };

// ---- only other hosts have these ----

declare const performance: Performance | undefined;
declare const location: { protocol: string; host: string; hostname: string; port: string } | undefined;
declare const queueMicrotask: undefined | ((run: () => void) => void);
declare const addEventListener: undefined | ((type: string, listener: () => void) => void);
declare const removeEventListener: undefined | ((type: string, listener: () => void) => void);
declare const TextDecoder:
  | undefined
  | (new (
      encoding: string,
      options: { fatal: boolean; ignoreBOM: boolean },
    ) => { decode(bytes: Uint8Array): string });

interface Performance {
  now(): number;
}

// ---- reached only with a value that the host itself has made ----

interface Blob {
  arrayBuffer?(): Promise<ArrayBuffer>;
}
declare const Blob: new (parts: unknown[]) => Blob;
declare const FileReader: new () => {
  onload: (() => void) | null;
  onerror: (() => void) | null;
  result: unknown;
  error: unknown;
  readAsArrayBuffer(blob: Blob): void;
};
declare const Buffer: {
  isBuffer(value: unknown): boolean;
  from(buffer: ArrayBuffer, offset: number, length: number): unknown;
};
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: any;
  addEventListener(type: string, listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: string, listener: () => void): void;
}
