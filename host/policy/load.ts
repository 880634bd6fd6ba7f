/**
 * Files in, a checked policy set out. Everything that can be known to be wrong is refused here, with its place: after this, a set
 * either decides or rejects. Sizes are checked before anything is parsed.
 */
import { SojournError } from '../errors.ts';
import type { PolicyLimits } from '../limits.ts';
import { hex } from '../json.ts';
import { createCedarSet, parsePolicy, validatePolicies } from './cedar.ts';
import type { CedarFault } from './cedar.ts';
import { createDecider } from './decide.ts';
import { digestPolicySet, isPolicyFileName, sortFiles } from './encode.ts';
import type { PolicyFiles } from './encode.ts';
import type { PolicySet } from './model.ts';
import { createCover, readReaders, refuseIdle } from './readers.ts';
import type { Readers } from './readers.ts';
import { mentionsOf } from './mention.ts';
import { rememberAnswers } from './remember.ts';
import { readRule, scopeActions } from './rules.ts';
import type { Declared, Rule } from './rules.ts';
import { schemaWithFacts } from './schema.ts';
import { readFactDeclarations, readSettings } from './settings.ts';
import type { FactDeclarations } from './settings.ts';
import { indexOfByte, readSource, sourceError, splitPolicies } from './source.ts';
import type { PolicyText, SourceFile } from './source.ts';

/** A policy set with what `policy check` shows of it. */
export interface LoadedPolicySet extends PolicySet {
  /** The only zone in which it allows anything; null: any. */
  readonly zone: string | null;
  readonly facts: FactDeclarations;
  readonly readers: Readers;
  readonly rules: readonly Rule[];
}

export interface LoadOptions {
  readonly limits: PolicyLimits;
  /** Stands before file names in messages: the folder, or what the set came with. */
  readonly origin?: string;
}

interface CheckedPolicy {
  readonly source: PolicyText;
  readonly rule: Rule;
}

/** Errors: `policy.malformed`, `policy.limit`, each with file, line and column where there are any. Reads nothing but `files`. */
export function loadPolicySet(files: PolicyFiles, { limits, origin }: LoadOptions): LoadedPolicySet {
  const open = (name: string, bytes: Uint8Array) =>
    readSource(name, origin === undefined ? name : `${origin}/${name}`, bytes);
  checkFiles(files, limits, origin ?? 'set');
  const setBytes = files.get('set.json');
  if (setBytes === undefined)
    throw new SojournError('policy.malformed', `policy ${origin ?? 'set'}: expected a file set.json, found none`);
  const settings = readSettings(open('set.json', setBytes), limits);
  const factsBytes = files.get('facts.json');
  const facts: FactDeclarations =
    factsBytes === undefined ? new Map() : readFactDeclarations(open('facts.json', factsBytes), limits);
  const readersBytes = files.get('readers.json');
  const readersFile = readersBytes === undefined ? null : open('readers.json', readersBytes);
  const readers: Readers = readersFile === null ? new Map() : readReaders(readersFile, limits);
  const cedarFiles = sortFiles(files).filter(([name]) => name.endsWith('.cedar'));
  const policies = readPolicies(
    cedarFiles.map(([name, bytes]) => open(name, bytes)),
    { facts, readers },
    limits,
  );
  validateAll(policies, schemaWithFacts(facts));

  const digest = digestPolicySet(files);
  const rules = policies.map(({ rule }) => rule);
  const texts = new Map(policies.map(({ source, rule }) => [rule.id, source.text]));
  const { expires, zone } = settings;
  const ask = rememberAnswers(createCedarSet(hex(digest).slice(0, 32), texts));
  const mentions = mentionsOf(rules.map(({ policy }) => policy));
  const decide = createDecider({ expires, zone, facts, readers, rules, mentions, ask, limits });
  const covering = rules.map(({ id, readers: names, policy }) => ({
    id,
    readers: names,
    actions: scopeActions(policy),
  }));
  if (readersFile !== null) refuseIdle(readersFile, readers, covering);
  const confidential = rules.filter((rule) => rule.readers !== null);
  const covered = confidential.map(({ id }) => [id, texts.get(id) ?? ''] as const);
  const cover = createCover({
    rules: covering,
    readers,
    facts,
    // a set of its own in the engine, and so a tag of its own
    ask: rememberAnswers(createCedarSet(hex(digest).slice(32), new Map(covered))),
    mentions: mentionsOf(confidential.map(({ policy }) => policy)),
  });
  return { digest, ...settings, facts, readers, rules, decide, cover, demandsReader: covered.length > 0 };
}

function checkFiles(files: PolicyFiles, limits: PolicyLimits, origin: string): void {
  if (files.size > limits.files)
    throw new SojournError(
      'policy.limit',
      `policy ${origin}: expected at most ${limits.files} files, found ${files.size}`,
    );
  const odd = [...files.keys()].find((name) => !isPolicyFileName(name));
  if (odd !== undefined) {
    throw new SojournError(
      'policy.malformed',
      `policy ${origin}: expected set.json, facts.json, readers.json and names in lower case that end in .cedar, found ${JSON.stringify(odd)}`,
    );
  }
  const total = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  if (total > limits.bytes)
    throw new SojournError(
      'policy.limit',
      `policy ${origin}: expected at most ${limits.bytes} bytes in all, found ${total}`,
    );
}

function readPolicies(
  files: readonly SourceFile[],
  declared: Declared,
  limits: PolicyLimits,
): readonly CheckedPolicy[] {
  const sources = files.flatMap((file) => splitPolicies(file, limits));
  const beyond = sources[limits.policies];
  if (beyond !== undefined)
    throw sourceError(
      'policy.limit',
      beyond.file,
      beyond.start,
      `expected at most ${limits.policies} policies in a set, found ${sources.length}`,
    );
  const seen = new Set<string>();
  return sources.map((source) => {
    const result = parsePolicy(source.text);
    if (!result.ok) throw faultError(source, result.fault);
    const rule = readRule(source, result.json, declared, limits);
    if (seen.has(rule.id))
      throw sourceError(
        'policy.malformed',
        source.file,
        source.start,
        `expected ids that differ, found a second ${JSON.stringify(rule.id)}`,
      );
    seen.add(rule.id);
    return { source, rule };
  });
}

/** Told in the details: one mistake gives an error for each action that it is seen in. */
const ERRORS_TOLD = 100;

/** Throws the first fault; all of them are in the details. */
function validateAll(policies: readonly CheckedPolicy[], schema: string): void {
  const byId = new Map(policies.map(({ source, rule }) => [rule.id, source]));
  const texts = new Map([...byId].map(([id, source]) => [id, source.text]));
  const faults = validatePolicies(schema, texts);
  const errors = faults.map((fault) => {
    const source = fault.id === null ? undefined : byId.get(fault.id);
    return source === undefined
      ? new SojournError('policy.malformed', `policy: ${fault.message}`)
      : faultError(source, fault);
  });
  const [first] = errors;
  if (first === undefined) return;
  const all = [...new Set(errors.map((error) => error.message))];
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  throw new SojournError('policy.malformed', `${first.message}${more}`, {
    details: { ...first.details, errors: all.slice(0, ERRORS_TOLD) },
  });
}

function faultError(source: PolicyText, fault: CedarFault): SojournError {
  const index = source.start + (fault.at === null ? 0 : indexOfByte(source.text, fault.at));
  return sourceError('policy.malformed', source.file, index, fault.message);
}
