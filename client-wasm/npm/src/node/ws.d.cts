export const loadWs: (() => any) | undefined;
