/** Of CommonJS alone. */
declare const __filename: string | undefined;
