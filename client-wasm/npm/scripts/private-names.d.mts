import type ts from "typescript";

export function numbered(program: ts.Program, files: readonly ts.SourceFile[], isPrivate: (name: string) => boolean): Map<string, number>;
