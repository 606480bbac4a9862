/** The core in both its forms, for tests that hold for both. */
import type { MachineOptions } from "../../src/machine/contract.js";
import { type Exports, machines } from "../../src/machine/wasm.js";
export declare const coreFile = "build/core.wasm";
/** Where tests begin, and a machine of it. */
export interface Core {
    name: string;
    exports: Exports;
    /** What the machine's slots hold. */
    values: unknown[];
    make(options?: Partial<MachineOptions>): ReturnType<ReturnType<typeof machines>>;
}
export declare const cores: () => Core[];
