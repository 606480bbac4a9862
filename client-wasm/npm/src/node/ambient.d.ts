/** Defined in CommonJS only, and in Deno only. */
declare const __filename: string | undefined;
declare const Deno: unknown;

/** The bytes of a file, by the loader `binary` of esbuild. */
declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
