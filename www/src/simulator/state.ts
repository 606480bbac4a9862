/** The run that the page shows, as the hash of its address: the seed, faults added by hand, and the moment. */

export interface State {
  seed: string;
  /** Faults and their times in milliseconds, such as `1200:cut`. */
  faults: string[];
  /** The time that is shown, in milliseconds. */
  at: number;
  /** Which of the moments at that time, from 0. */
  step: number;
}

export const FAULTS = ["cut", "half-open", "stall", "restart", "forget", "kick", "silence", "malformed", "sleep"] as const;

/** More than these make a run hard to read. */
const MAX_FAULTS = 20;
const SEED_END = 2n ** 64n;

/** Returns the state of an address, or nothing if it names no seed. Wrong faults are left out. */
export function readState(hash: string): State | undefined {
  const fields = fieldsOf(hash);
  const seed = seedOf(hash);
  if (seed === undefined || !isSeed(seed)) return undefined;
  const faults = (fields.get("faults") || "").split(",").filter(isFault).slice(0, MAX_FAULTS);
  return { seed, faults, at: Number(fields.get("at")) || 0, step: Math.trunc(Number(fields.get("step"))) || 0 };
}

/** Returns what an address gives as its seed, also if it is none. */
export const seedOf = (hash: string) => fieldsOf(hash).get("seed")?.trim();

const fieldsOf = (hash: string) => new URLSearchParams(hash.slice(0, 5000).replace(/^#/, ""));

export function writeState({ seed, faults, at, step }: State): string {
  const fields = new URLSearchParams({ seed });
  if (faults.length) fields.set("faults", faults.join(","));
  if (at) fields.set("at", String(at));
  if (step) fields.set("step", String(step));
  return `#${fields}`;
}

export const isSeed = (text: string) => /^\d{1,20}$/.test(text) && BigInt(text) < SEED_END;

export function isFault(text: string): boolean {
  const [, name] = /^\d{1,12}:([a-z-]+)$/.exec(text) || [];
  return FAULTS.includes(name as (typeof FAULTS)[number]);
}
