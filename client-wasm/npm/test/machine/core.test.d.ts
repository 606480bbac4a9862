/** The file of the core: what it needs of an engine, and where it says it comes from. */
export {};
