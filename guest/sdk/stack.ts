/**
 * Stacks of both engines in one dress: `    at name (handler.js:line:column)`, frames of the author's bundle only. The host maps
 * them back to the author's own files with the source map of the build. Pure.
 */

/** The name under which stacks speak of the bundled handler. */
export const BUNDLE_NAME = 'handler.js';

/** QuickJS: `    at name (componentize-qjs:user.js:2:29)`. */
const QUICKJS_FRAME = /^\s*at (?:(.*?) \()?[^()]*\buser\.js:(\d+):(\d+)\)?$/;
/** StarlingMonkey: `name@source.js:2:25`; frames of its own glue stand in another file. */
const STARLINGMONKEY_FRAME = /^(.*?)@(?:[^@\s]*\/)?source\.js:(\d+):(\d+)$/;

/** Frames of `stack` that stand in the bundle, one a line, without a line break at the end. */
export function normaliseStack(stack: string): string {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const match = QUICKJS_FRAME.exec(line) ?? STARLINGMONKEY_FRAME.exec(line);
    if (match === null) continue;
    const position = `${BUNDLE_NAME}:${match[2]}:${match[3]}`;
    const name = match[1] ?? '';
    frames.push(name === '' || name === '<anonymous>' ? `    at ${position}` : `    at ${name} (${position})`);
  }
  return frames.join('\n');
}

export interface Failure {
  readonly message: string;
  readonly stack: string;
}

const MAX_CAUSES = 4;

/** What the contract's handler-error says of a thrown value: its name and message, its stack, and those of its causes. */
export function describeFailure(thrown: unknown): Failure {
  const lines: string[] = [];
  let current = thrown;
  for (let depth = 0; current instanceof Error && depth <= MAX_CAUSES; depth += 1) {
    if (depth > 0) lines.push(`caused by ${describeThrown(current)}`);
    const frames = normaliseStack(current.stack ?? '');
    if (frames !== '') lines.push(frames);
    current = current.cause;
  }
  return { message: describeThrown(thrown), stack: lines.join('\n') };
}

function describeThrown(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'a value that has no text was thrown';
  }
}
