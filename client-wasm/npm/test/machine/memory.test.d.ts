/** Slots and memory: what is given is given back, and what is large has room. */
export {};
