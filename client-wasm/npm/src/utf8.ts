/** UTF-8 without `TextDecoder`, which Jest's page, React Native and mini-programs may lack. */

/** Decodes bytes. Malformed text throws if `strict` or without `TextDecoder`; else it gets replacement characters. */
export function decodeUtf8(bytes: Uint8Array, strict?: boolean): string {
  if (typeof TextDecoder === "function") return new TextDecoder("utf-8", { fatal: !!strict, ignoreBOM: !!strict }).decode(bytes);
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += "%" + (256 + (bytes[i] as number)).toString(16).slice(1);
  return decodeURIComponent(text);
}
