/**
 * What an object of this handler is to do: whom to ask, the request, the tools. Checked before anything else: every finding with its place.
 * What the schemas may be is for the host to say. Pure.
 */
import type { Json } from 'sojourn/guest';

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments. */
  readonly parameters: Json;
  /** Where the arguments are posted to, as JSON. Absent: the node's own tool of that name is called. */
  readonly url?: string;
}

export interface Assignment {
  readonly advisor: string;
  readonly system: string;
  /** What the advisor is asked first. */
  readonly request: Json;
  readonly tools: readonly Tool[];
  /** JSON schema of the last answer; absent: a text. */
  readonly schema?: Json;
  /** Questions at most. */
  readonly maxSteps: number;
  readonly maxTokens: number;
}

export interface Finding {
  readonly at: string;
  readonly problem: string;
}

export type AssignmentResult =
  | { readonly ok: true; readonly assignment: Assignment }
  | { readonly ok: false; readonly findings: readonly Finding[] };

const MAX_STEPS = 64;

export function readAssignment(input: unknown): AssignmentResult {
  if (!isRecord(input)) return { ok: false, findings: [{ at: '', problem: 'expected an object' }] };
  const { advisor, system = '', request, tools = [], schema, maxSteps = 16, maxTokens = 1024, ...rest } = input;
  const findings: Finding[] = Object.keys(rest).map((at) => ({ at, problem: 'this handler does not know it' }));
  const expect = (holds: boolean, at: string, expected: string): void => {
    if (!holds) findings.push({ at, problem: `expected ${expected}` });
  };
  expect(typeof advisor === 'string' && advisor !== '', 'advisor', 'the name of an advisor');
  expect(typeof system === 'string', 'system', 'a text');
  expect(request !== undefined && request !== null, 'request', 'what is to be done');
  expect(isWhole(maxSteps) && maxSteps <= MAX_STEPS, 'maxSteps', `1 to ${MAX_STEPS}`);
  expect(isWhole(maxTokens), 'maxTokens', 'a whole number from 1 on');
  expect(Array.isArray(tools), 'tools', 'a list');
  if (Array.isArray(tools)) for (const [i, tool] of tools.entries()) findings.push(...checkTool(tool, `tools/${i}`));
  if (findings.length > 0) return { ok: false, findings };
  // every member was checked above
  const assignment = { advisor, system, request, tools, maxSteps, maxTokens } as Assignment;
  return { ok: true, assignment: schema === undefined ? assignment : { ...assignment, schema: schema as Json } };
}

function checkTool(tool: unknown, at: string): Finding[] {
  if (!isRecord(tool)) return [{ at, problem: 'expected an object' }];
  const { name, description, parameters, url, ...rest } = tool;
  const findings = Object.keys(rest).map((key) => ({ at: `${at}/${key}`, problem: 'this handler does not know it' }));
  if (typeof name !== 'string' || name === '') findings.push({ at: `${at}/name`, problem: 'expected a name' });
  if (typeof description !== 'string') findings.push({ at: `${at}/description`, problem: 'expected a text' });
  if (!isRecord(parameters)) findings.push({ at: `${at}/parameters`, problem: 'expected a schema' });
  if (url !== undefined && typeof url !== 'string') findings.push({ at: `${at}/url`, problem: 'expected a URL' });
  return findings;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
