/** Reads TypeScript sources as the structure tests see them: paths from the repository's root, and what each file imports. */
import { globSync, readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';

export interface Source {
  /** From the repository's root, slashes forward. */
  readonly path: string;
  readonly text: string;
}

/** All TypeScript sources below the given folders of `root`. */
export function readSources(root: URL, folders: readonly string[]): Source[] {
  const patterns = folders.map((folder) => `${folder}/**/*.ts`);
  const paths = globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] }).map((path) =>
    path.replaceAll('\\', '/'),
  );
  return paths.toSorted().map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));
}

/**
 * Module specifiers that a file names: imports and re-exports, those of types included, and dynamic imports of a literal.
 * Throws where the text is not TypeScript or a dynamic import's target can't be known.
 */
export function importsOf(source: Source): string[] {
  const { module, errors } = parseSync(source.path, source.text);
  if (errors.length > 0) throw new Error(`${source.path}: expected TypeScript, found: ${errors[0]!.message}`);
  const found = module.staticImports.map((statement) => statement.moduleRequest.value);
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) if (entry.moduleRequest) found.push(entry.moduleRequest.value);
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"])(.*)\1$/.exec(source.text.slice(moduleRequest.start, moduleRequest.end));
    if (literal) found.push(literal[2]!);
  }
  return [...new Set(found)];
}
