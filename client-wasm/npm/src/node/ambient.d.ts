/** Defined in CommonJS only. */
declare const __filename: string | undefined;

/** The bytes of a file, by the loader `binary` of esbuild. */
declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
