export function run(tool: string, ...args: string[]): string;
export function withDirectory<T>(use: (within: (name: string) => string) => T): T;
export function checkMvp(file: string): void;
