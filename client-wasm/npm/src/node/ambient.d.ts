/** Defined in CommonJS only. */
declare const __filename: string | undefined;
