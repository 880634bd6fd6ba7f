/**
 * The Cedar schema as text, for a layer that reads no files: the same as policies/schema.cedarschema, which a test compares.
 * `SCHEMA_VERSION` is part of every policy set's digest; what a version means never changes.
 */
import type { FactDeclarations } from './settings.ts';

/** Raised whenever the schema's meaning changes: a set made for another version is refused. */
export const SCHEMA_VERSION = 2;

/** What each action may aim at. Says the same as `appliesTo` in the schema. */
export const RESOURCE_TYPES: { readonly [action: string]: readonly string[] } = {
  'evaluate': ['Object'],
  'execution': ['Http', 'Tool', 'Object'],
  'mutation': ['Object'],
  'mutation.expand': ['Object'],
  'mutation.reclassify': ['Object'],
  'delegation': ['Object'],
  'dormancy': ['Object'],
  'reentry': ['Object'],
  'termination': ['Object'],
  'readmit': ['Object'],
  'http.send': ['Http'],
  'tools.call': ['Tool'],
  'advice.ask': ['Advisor'],
  'kv.get': ['Key'],
  'kv.set': ['Key'],
  'kv.delete': ['Key'],
  'kv.keys': ['Host'],
  'files.read': ['File'],
  'log.write': ['Host'],
  'clock.now': ['Host'],
  'random.bytes': ['Host'],
  'memory.read': ['Host'],
  'signals.read': ['Host'],
  'children.list': ['Host'],
};

const CEDAR_TYPES = { Long: 'Long', String: 'String', Bool: 'Bool' } as const;
const FACTS_LINE = '\ntype Facts = {};\n';

/** The schema with the facts of one policy set spliced in, each as an optional attribute of `context.facts`. */
export function schemaWithFacts(facts: FactDeclarations): string {
  const members = [...facts].map(([name, fact]) => `${JSON.stringify(name)}?: ${CEDAR_TYPES[fact.type]}`);
  return BASE_SCHEMA.replace(FACTS_LINE, () => `\ntype Facts = { ${members.join(', ')} };\n`);
}

export const BASE_SCHEMA = `// What policies may speak of. Version 2. Every policy is checked against this in Cedar's strict mode when its set is loaded.
// In place of the empty \`Facts\` stand the facts that the set's own facts.json declares, each an optional attribute.

// An object that asks, and itself as the target of the six actions. All texts; ids are hexadecimal.
entity Object = {
  creator: String,
  handler: String,
  task: String,
  parent?: String,
};

// The target of a request. \`host\` is in lower case and ASCII, \`path\` is without query, \`query\` has its \`?\` or is
// empty, \`method\` is in upper case.
entity Http = {
  scheme: String,
  host: String,
  port: Long,
  path: String,
  query: String,
  method: String,
};

// A provider that the node's operator added.
entity Tool = { name: String };

// Whoever the node's operator has added to give advice: a model, or a table of rules.
entity Advisor = { name: String };

// A key of the object's own state.
entity Key = { key: String };

// A file that the object carries.
entity File = { path: String };

// The node itself, for operations without a target of their own.
entity Host;

type Facts = {};

type Counters = {
  cycles: Long,
  calls: Long,
  fuel: Long,
  children: Long,
};

// Both follow from the recorded outcomes alone (docs/trust.md).
type Trust = {
  // 0 to 1000.
  slope: Long,
  // Cycles that earned trust since the last one that broke it, or since the beginning.
  continuousOver: Long,
};

type Context = {
  // Milliseconds since 1970.
  now: Long,
  node: String,
  zone: String,
  trust: Trust,
  counters: Counters,
  // Signals that came in: \`name\`, and \`name@node\` with the id of the node that signed.
  approvals: Set<String>,
  // The execution's step, the mutation's kind (\`refine\`, \`constrain\` …) or the child's name; empty for everything else.
  step: String,
  // Read from the data that leaves, never from what a handler claims.
  facts: Facts,
};

// May this object be evaluated here at all?
action "evaluate" appliesTo { principal: Object, resource: Object, context: Context };

// The six actions. An execution aims at a request, at a tool, or at the object where it only commits a value.
action "execution" appliesTo { principal: Object, resource: [Http, Tool, Object], context: Context };
action "mutation", "delegation", "dormancy", "reentry", "termination" appliesTo {
  principal: Object,
  resource: Object,
  context: Context,
};

// Asked besides \`mutation\`, where the mutation is an expansion or a new kind of task.
action "mutation.expand", "mutation.reclassify" appliesTo { principal: Object, resource: Object, context: Context };

// An object whose trust is badly broken comes from another node: may it be evaluated here all the same (docs/trust.md)?
action "readmit" appliesTo { principal: Object, resource: Object, context: Context };

// Capability calls of a running handler.
action "http.send" appliesTo { principal: Object, resource: Http, context: Context };
action "tools.call" appliesTo { principal: Object, resource: Tool, context: Context };
action "advice.ask" appliesTo { principal: Object, resource: Advisor, context: Context };
action "kv.get", "kv.set", "kv.delete" appliesTo { principal: Object, resource: Key, context: Context };
action "files.read" appliesTo { principal: Object, resource: File, context: Context };
action "kv.keys", "log.write", "clock.now", "random.bytes", "memory.read", "signals.read", "children.list" appliesTo {
  principal: Object,
  resource: Host,
  context: Context,
};
`;
