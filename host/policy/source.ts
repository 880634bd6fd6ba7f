/**
 * Cedar text, looked at before Cedar sees it: where each policy begins and ends, and whether it stays within the limits. Cedar's
 * parser and evaluator recurse on a small stack inside one shared WebAssembly instance, and running out of it ends that instance
 * for the whole process; hence the bounds on nesting and operators. The tokens are those of Cedar's own lexer.
 */
import { SojournError } from '../errors.ts';
import type { PolicyLimits } from '../limits.ts';

export interface SourceFile {
  readonly name: string;
  /** As messages show it: the name with the set's origin in front. */
  readonly path: string;
  readonly text: string;
}

/** One policy's text, and where it stands. */
export interface PolicyText {
  readonly file: SourceFile;
  /** From 1, in order of the file. */
  readonly number: number;
  readonly text: string;
  /** Index into the file's text, in UTF-16 units. */
  readonly start: number;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

const TOKEN = /\/\/[^\n\r]*|"(?:\\[\s\S]|[^"\\])*"|[A-Za-z_]\w*|\d+|&&|\|\||[=!<>]=|::|\S/g;
const NESTERS = new Set(['(', '[', '{', 'if']);
const CLOSERS = new Set([')', ']', '}']);
const OPERATORS = new Set([
  '&&',
  '||',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '!',
  '.',
  '[',
  'has',
  'like',
  'in',
  'is',
  'if',
  'when',
  'unless',
  '@',
]);

/** Strict UTF-8. Errors: `policy.malformed`. */
export function readSource(name: string, path: string, bytes: Uint8Array): SourceFile {
  try {
    return { name, path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    throw new SojournError('policy.malformed', `policy ${path}: expected UTF-8, found other bytes`, {
      details: { file: path },
    });
  }
}

/**
 * Cuts a file at the semicolons that end its policies. What stands behind the last one comes as one more, for Cedar's parser to refuse.
 * Errors: `policy.limit`; `policy.malformed` for a template slot.
 */
export function splitPolicies(file: SourceFile, limits: PolicyLimits): readonly PolicyText[] {
  const policies: PolicyText[] = [];
  let meter = createMeter();
  for (const match of file.text.matchAll(TOKEN)) {
    const token = match[0];
    if (token.startsWith('//')) continue;
    if (token === '?')
      throw sourceError(
        'policy.malformed',
        file,
        match.index,
        'expected a policy, found a template slot; templates are not supported',
      );
    meter.start ??= match.index;
    countToken(meter, token);
    if (meter.deepest > limits.nesting)
      throw sourceError(
        'policy.limit',
        file,
        match.index,
        `expected at most ${limits.nesting} levels of brackets and ifs, found more`,
      );
    if (meter.operators > limits.operators)
      throw sourceError(
        'policy.limit',
        file,
        match.index,
        `expected at most ${limits.operators} operators in a policy, found more; split it into several`,
      );
    if (token !== ';') continue;
    const text = file.text.slice(meter.start, match.index + 1);
    policies.push({ file, number: policies.length + 1, text, start: meter.start });
    meter = createMeter();
  }
  if (meter.start !== null)
    policies.push({ file, number: policies.length + 1, text: file.text.slice(meter.start), start: meter.start });
  return policies;
}

interface Meter {
  start: number | null;
  open: number;
  ifs: number;
  deepest: number;
  operators: number;
}

function createMeter(): Meter {
  return { start: null, open: 0, ifs: 0, deepest: 0, operators: 0 };
}

/** An `if` nests to the end of its policy at worst (`else if …`), so it is never counted back. */
function countToken(meter: Meter, token: string): void {
  if (token === 'if') meter.ifs += 1;
  else if (NESTERS.has(token)) meter.open += 1;
  else if (CLOSERS.has(token)) meter.open -= 1;
  meter.deepest = Math.max(meter.deepest, meter.open + meter.ifs);
  if (OPERATORS.has(token)) meter.operators += 1;
}

/** Line and column (in characters) of an index, both from 1. */
export function placeOf(text: string, index: number): Place {
  const lines = text.slice(0, index).split('\n');
  return { line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 };
}

/** Cedar counts in bytes of UTF-8. */
export function indexOfByte(text: string, byte: number): number {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, byte)).length;
}

export function sourceError(
  code: 'policy.malformed' | 'policy.limit',
  file: SourceFile,
  index: number,
  what: string,
): SojournError {
  const { line, column } = placeOf(file.text, index);
  return new SojournError(code, `policy ${file.path}:${line}:${column}: ${what}`, {
    details: { file: file.path, line, column },
  });
}
