// Finds out which private names (`_name`) of TypeScript sources can have the same short name: those that no object has both of. The types tell:
// names that one class, interface or object literal has stay apart, and so do those of types that a value is taken for.

import ts from "typescript";

/** Returns a number for each private name; numbers of names that an object may have both of are different, and frequent names have low ones. */
export function numbered(program, files, isPrivate) {
  const { counts, apart } = analysed(program, files, isPrivate);
  const numbers = new Map();
  for (const name of byFrequency(counts)) {
    const taken = new Set([...(apart.get(name) ?? [])].map((other) => numbers.get(other)));
    let number = 0;
    while (taken.has(number)) number++;
    numbers.set(name, number);
  }
  return numbers;
}

/** Returns how often each name occurs, and the names that must differ from it. */
function analysed(program, files, isPrivate) {
  const checker = program.getTypeChecker();
  const counts = new Map();
  const apart = new Map();
  /** The types of objects, and those that a part of the sources may take them for. */
  const objects = [];
  const views = [];

  const namesOf = (type) => checker.getPropertiesOfType(checker.getNonNullableType(type)).map(({ name }) => name).filter(isPrivate);
  const separate = (...types) => {
    const names = new Set(types.flatMap(namesOf));
    for (const name of names) apart.set(name, new Set([...(apart.get(name) ?? []), ...names].filter((other) => other !== name)));
  };

  const count = (name) => {
    counts.set(name.text, (counts.get(name.text) ?? 0) + 1);
    const { parent } = name;
    if (!ts.isPropertyAccessExpression(parent) || parent.name !== name) return;
    const type = checker.getTypeAtLocation(parent.expression);
    if (type.flags & ts.TypeFlags.Any) throw new Error(`${placeOf(name)}: ${parent.getText()}: the type of the object is not known`);
    separate(type);
  };

  const visit = (node) => {
    if (ts.isIdentifier(node) && isPrivate(node.text)) count(node);
    if (ts.isClassLike(node)) {
      const symbol = node.symbol;
      objects.push(checker.getDeclaredTypeOfSymbol(symbol), checker.getTypeOfSymbol(symbol));
    }
    if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node) || ts.isIntersectionTypeNode(node)) views.push(checker.getTypeAtLocation(node));
    if (ts.isObjectLiteralExpression(node)) objects.push(checker.getTypeAtLocation(node));
    if (ts.isAsExpression(node)) separate(checker.getTypeAtLocation(node), checker.getTypeAtLocation(innermost(node)));
    ts.forEachChild(node, visit);
  };
  for (const file of files) visit(file);

  for (const type of [...objects, ...views]) separate(type);
  for (const view of views.filter((view) => namesOf(view).length)) {
    for (const object of objects) if (checker.isTypeAssignableTo(object, view)) separate(object, view);
  }
  return { counts, apart };
}

/** Returns what is cast, also by several casts. */
const innermost = ({ expression }) => (ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression) ? innermost(expression) : expression);

/** Returns the names, the most frequent first; then by name, so that each build gives the same. */
const byFrequency = (counts) => [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);

function placeOf(node) {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
