/** Warnings in the console of developers. */

const warned = new Set<string>();

/**
 * Warns once. Call it only as `try { if (process.env.NODE_ENV !== "production") … } catch {}`: bundlers remove that from a production bundle,
 * and a page without a bundler has no `process`.
 */
export function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn("tidewire: " + text);
}
