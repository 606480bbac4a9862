import type { ChildProcess } from "node:child_process";

export function eventually(what: string, ask: () => unknown, limit?: number): Promise<void>;
export function within<T>(what: string, promise: Promise<T>, limit?: number): Promise<T>;
export function printed<T>(child: ChildProcess, name: string, find: (text: string) => T | undefined): Promise<T>;
