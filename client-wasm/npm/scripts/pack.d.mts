export function pack(module: Uint8Array): [size: number, ...texts: string[]];
