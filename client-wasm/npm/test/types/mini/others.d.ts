/**
 * Globals that mini-programs lack and other hosts have, as far as code for all hosts names them: they may be `undefined`, so to use one without a
 * test first is an error. The bundle for mini-programs has none of them (`scripts/dist.mjs`).
 */

/** The bundler replaces it. */
declare const process: { env: { NODE_ENV?: string } };

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
