/**
 * An advisor that needs no model: a table of rules, looked at in order; the first whose conditions all hold answers. The same question
 * gets the same answer, on every machine. Its answers are held against the question like anybody else's.
 */
import { SojournError } from '../errors.ts';
import type { AdviceContent } from '../kernel/advice-answer.ts';
import { dataOf } from '../kernel/advice-question.ts';
import type { AdviceQuestion, ToolCall } from '../kernel/advice-question.ts';
import { validate } from '../object/schema.ts';
import { valueAt } from '../policy/facts.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import type { Advisor, AdvisorAnswer } from './advice.ts';
import { readRules } from './advice-rule-table.ts';
import type { Rule } from './advice-rule-table.ts';

/** A template names a place at which there is nothing. Never leaves this file. */
class Missing extends Error {}

/**
 * `table` is the parsed JSON of docs/advice.md. `version` tells one table from another in the record: 1 to 64 printable characters, such as the
 * first digits of its digest. Errors: `advice.malformed` with the path of what does not fit.
 */
export function createRulesAdvisor(options: { name: string; table: Value; version: string; origin: string }): Advisor {
  const rules = readRules(options.table, options.origin);
  if (!/^[\x21-\x7e]{1,64}$/.test(options.version))
    throw new SojournError('usage', `advisor ${options.name}: expected a version of 1 to 64 printable characters`);
  return {
    name: options.name,
    model: `rules-${options.version}`,
    ask: async (question) => answer(rules, question),
  };
}

function answer(rules: readonly Rule[], question: AdviceQuestion): AdvisorAnswer {
  const facts = factsOf(question);
  const rule = rules.find((candidate) => applies(candidate, facts));
  if (rule === undefined) return { ok: false, error: 'unavailable', message: 'no rule applies' };
  try {
    return { ok: true, content: contentOf(rule, question, facts), confidence: rule.confidence };
  } catch (error) {
    if (error instanceof Missing)
      return { ok: false, error: 'unavailable', message: `rule ${rule.id}: ${error.message}` };
    throw error;
  }
}

/**
 * What conditions and templates point into: `/task` (the first message), `/last` (the last one), `/results/<tool>` (the latest result of each
 * tool), each as data where it is JSON and as text where not; `/steps` (how many results there are) and `/system`.
 */
function factsOf({ system, messages }: AdviceQuestion): ValueMap {
  const names = new Map(messages.flatMap(({ requested }) => requested.map(({ id, name }) => [id, name])));
  const results = messages.flatMap(({ toolCall, content }) => {
    const name = toolCall === null ? undefined : names.get(toolCall);
    return name === undefined ? [] : [[name, readContent(content)] as const];
  });
  return {
    system,
    task: readContent(messages[0]?.content ?? ''),
    last: readContent(messages.at(-1)?.content ?? ''),
    results: Object.fromEntries(results),
    steps: results.length,
  };
}

function readContent(text: string): Value {
  return dataOf(text) ?? text;
}

function applies(rule: Rule, facts: ValueMap): boolean {
  const holds = rule.when.every(({ pointer, schema }) => {
    const value = valueAt(facts, pointer);
    if (schema === null) return value === undefined;
    return value !== undefined && validate(schema, value) === null;
  });
  if (!holds || rule.says.length === 0) return holds;
  const said = saidIn(facts['last'] ?? null).toLowerCase();
  return rule.says.some((words) => said.includes(words));
}

/** Every text in a value, so that words are found in data as in prose. */
function saidIn(value: Value): string {
  if (typeof value === 'string') return value;
  const members = isList(value) ? value : isMap(value) ? Object.values(value) : [];
  return members.map(saidIn).join('\n');
}

function contentOf({ answer: template }: Rule, question: AdviceQuestion, facts: ValueMap): AdviceContent {
  if (template.tag === 'text') return { tag: 'text', val: template.text };
  if (template.tag === 'structured') return { tag: 'structured', val: filled(template.value, facts) };
  const made = question.messages.reduce((sum, { requested }) => sum + requested.length, 0);
  const calls = template.calls.map(({ name, arguments: given }, i): ToolCall => {
    return { id: `call-${made + i + 1}`, name, arguments: filledMap(given, facts) };
  });
  return { tag: 'tool-calls', val: calls };
}

/** The template with each `{ "$from": pointer }` replaced by what stands there. */
function filled(template: Value, facts: ValueMap): Value {
  if (isList(template)) return template.map((item) => filled(item, facts));
  if (!isMap(template)) return template;
  const from = template['$from'];
  if (!isList(from)) return filledMap(template, facts);
  const value = valueAt(facts, from.map(String));
  if (value === undefined) throw new Missing(`expected a value at /${from.join('/')}, found none`);
  return value;
}

function filledMap(template: ValueMap, facts: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(template).map(([name, member]) => [name, filled(member, facts)]));
}
