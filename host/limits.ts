/**
 * Every limit in one place: what it counts, what attack it bounds. All are inclusive maxima. A node can set its own; an
 * object's budgets can only lower those of a cycle.
 */

/** Bounds one cycle. Recorded in the object when the cycle opens, so that a replay runs under the same. */
export interface CycleLimits {
  /** Fuel units (docs/fuel.md). Bounds computation. Does not count the host's own work. */
  readonly fuel: number;
  /** Linear memory over all memories of the component, and all garbage-collected objects ever made, in pages of 64 KiB each. Bounds the host's memory. */
  readonly memoryPages: number;
  /** Elements of each table. Bounds the host's memory: an element costs the engine about 8 to 40 bytes. */
  readonly tableElements: number;
  /** Weighted call depth (docs/fuel.md): a unit for each 32 bytes that a frame may take. Bounds the native stack. */
  readonly callDepth: number;
  /** Wall time of a whole handler run, its capability calls included. The backstop behind fuel: the worker is killed. */
  readonly deadlineMs: number;
  /** Capability calls. Bounds floods that cost little fuel and much host work. */
  readonly calls: number;
  /** Bytes of one call's arguments, as they leave the guest. */
  readonly callBytesOut: number;
  /** Bytes of one call's result, as they enter the guest. */
  readonly callBytesIn: number;
  /** Bytes of all calls of the cycle, both ways. Bounds growth of the object and the network. */
  readonly cycleBytes: number;
  /** Wall time of one capability call. */
  readonly callMs: number;
  /** Bytes of the proposal, its rationale and error texts included. */
  readonly proposalBytes: number;
}

/** Bounds what a component may be before it is parsed further, rewritten or compiled. */
export interface ComponentLimits {
  readonly componentBytes: number;
  /** Core modules of the component, nested ones included. */
  readonly coreModules: number;
  /** Nesting of components. */
  readonly componentDepth: number;
  /** Functions of all core modules. Bounds compile time. */
  readonly functions: number;
  /** Bytes of one function body. Bounds compile time, which grows faster than linearly in some tiers. */
  readonly functionBytes: number;
  readonly localsPerFunction: number;
  /** Blocks open at once within one function. */
  readonly blockDepth: number;
  /** Entries of any other section: types, imports, exports, globals, elements, data. */
  readonly sectionItems: number;
}

/** Bounds what an object file may hold, checked before it is parsed. */
export interface ObjectLimits {
  /** Bytes of one item (genesis, entry or seal), blobs excepted. */
  readonly itemBytes: number;
  /** Bytes of a blob: an embedded component or policy set. */
  readonly blobBytes: number;
  /** Nesting of arrays and maps within one item. */
  readonly depth: number;
  readonly intentBytes: number;
  readonly contextBytes: number;
  readonly schemaBytes: number;
  readonly signalBytes: number;
  /** Signals since the last cycle. Bounds what senders can pile up on a sleeping object. A state knows the last 512 (`SIGNALS_KEPT`). */
  readonly signalsWaiting: number;
  /** Nodes of one wake condition. */
  readonly conditionNodes: number;
  /** Outcomes that a wake condition may count. */
  readonly outcomesAwaited: number;
  /** Entries of another object in one witness, and their bytes in all. Beyond, a witness is a bare head. */
  readonly witnessItems: number;
  readonly witnessBytes: number;
  /** Objects that one object may know by witnesses. */
  readonly objectsKnown: number;
  /** Unsatisfied wake attempts that are recorded for one dormancy; further ones leave the object as it is (R43). */
  readonly wakeAttempts: number;
  /** Negative capabilities that are not retired. Bounds the state; the oldest make room. */
  readonly negatives: number;
  /** Failure signals of one cycle. Bounds growth by calls that fail. */
  readonly failures: number;
  readonly mutations: number;
  readonly children: number;
  readonly delegationDepth: number;
  /** Bytes of the key-value state. */
  readonly stateBytes: number;
  readonly stateKeys: number;
}

/** Bounds what a policy set may be before Cedar sees it. */
export interface PolicyLimits {
  readonly files: number;
  readonly bytes: number;
  readonly policies: number;
  /** Brackets and `if`s open at once, or in a row, in one policy. Bounds the recursion of Cedar's parser: about 200 end it. */
  readonly nesting: number;
  /** Operators, members and clauses of one policy. Bounds the recursion of its evaluation: about 350 end it. */
  readonly operators: number;
  readonly facts: number;
  /** Keys of readers.json. */
  readonly readers: number;
  /** Nodes of one `@wake`, and of the condition that several deferrals are combined to. */
  readonly wakeNodes: number;
  /** Sets that one object may carry. Each is asked at every decision. */
  readonly carried: number;
}

/** Bounds one `run`, and one `wake` of many objects. */
export interface RunLimits {
  /** Cycles of one `run`. */
  readonly cycles: number;
  /** Objects that one `wake` looks at. Bounds memory: some 1.4 KB are kept of each (test/bench/wake.ts). */
  readonly wakeObjects: number;
  /** How often one `wake` looks again after something woke. */
  readonly wakePasses: number;
}

export interface Limits {
  readonly cycle: CycleLimits;
  readonly component: ComponentLimits;
  readonly object: ObjectLimits;
  readonly policy: PolicyLimits;
  readonly run: RunLimits;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: Limits = {
  cycle: {
    fuel: 2_000_000_000,
    memoryPages: 1024,
    tableElements: 65_536,
    callDepth: 20_000,
    deadlineMs: 30_000,
    calls: 256,
    callBytesOut: MIB,
    callBytesIn: 4 * MIB,
    cycleBytes: 16 * MIB,
    callMs: 10_000,
    proposalBytes: 256 * KIB,
  },
  component: {
    componentBytes: 32 * MIB,
    coreModules: 64,
    componentDepth: 8,
    functions: 65_536,
    functionBytes: MIB,
    localsPerFunction: 10_000,
    blockDepth: 1_024,
    sectionItems: 200_000,
  },
  object: {
    itemBytes: 8 * MIB,
    blobBytes: 32 * MIB,
    depth: 64,
    intentBytes: 64 * KIB,
    contextBytes: 64 * KIB,
    schemaBytes: 64 * KIB,
    signalBytes: 64 * KIB,
    signalsWaiting: 500,
    conditionNodes: 64,
    outcomesAwaited: 256,
    witnessItems: 64,
    witnessBytes: MIB,
    objectsKnown: 1_024,
    wakeAttempts: 4,
    negatives: 32,
    failures: 8,
    mutations: 64,
    children: 256,
    delegationDepth: 8,
    stateBytes: 16 * MIB,
    stateKeys: 10_000,
  },
  policy: {
    files: 64,
    bytes: MIB,
    policies: 1_000,
    nesting: 32,
    operators: 200,
    facts: 64,
    readers: 64,
    wakeNodes: 64,
    carried: 8,
  },
  run: { cycles: 64, wakeObjects: 100_000, wakePasses: 16 },
};

/** Bounds what the host does for the WASI imports of one evaluation (docs/wasi.md). */
export interface WasiLimits {
  /** Calls of WASI imports. Bounds the host's work beside fuel: a call costs the guest little and the host some microseconds. */
  readonly calls: number;
  /** Bytes that all of them move. Bounds copying. */
  readonly bytes: number;
  /** Handles that are open at once. Bounds the host's memory. */
  readonly handles: number;
  /** Handles that are ever opened. The generated glue keeps some bytes for each until the evaluation ends. */
  readonly handlesMade: number;
  /** Bytes that one call reads or writes at most; a guest that asks for more gets less. */
  readonly pieceBytes: number;
  /** Pollables in one call of `poll`. */
  readonly pollables: number;
  /** Bytes of standard error that become log entries; what follows is left out. */
  readonly stderrBytes: number;
  /** Bytes of one log entry; longer lines are cut in pieces. */
  readonly lineBytes: number;
  /** Log entries, and never more than a quarter of the cycle's `calls`. */
  readonly logLines: number;
  /** Fields of one HTTP message, as in the contract. */
  readonly fields: number;
}

/** The same on every node, and no setting: what a guest meets in a run it meets in the replay. */
export const WASI_LIMITS: WasiLimits = {
  calls: 250_000,
  bytes: 256 * MIB,
  handles: 1_024,
  handlesMade: 100_000,
  pieceBytes: 64 * KIB,
  pollables: 256,
  stderrBytes: 64 * KIB,
  lineBytes: 4 * KIB,
  logLines: 64,
  fields: 64,
};

/** Bounds a question to an adviser and its answer (docs/advice.md). */
export interface AdviceLimits {
  readonly messages: number;
  readonly tools: number;
  /** Tool calls of one message, and of one answer. Bounds what one answer can pile up. */
  readonly toolCalls: number;
  /** Bytes of each schema that a question brings. Bounds the cost of checking an answer against it. */
  readonly schemaBytes: number;
  /** Characters of a text, or of the JSON of a value, in an answer. Bounds what goes into the object. */
  readonly answerChars: number;
  readonly maxTokens: number;
}

/** The same on every node, and no setting: what was a sound answer in a run is one in the replay. */
export const ADVICE_LIMITS: AdviceLimits = {
  messages: 256,
  tools: 64,
  toolCalls: 16,
  schemaBytes: 64 * KIB,
  answerChars: 256 * KIB,
  maxTokens: 1_000_000,
};

/** The name that an entry gives to a bound of a cycle that was hit. */
export type Bound = keyof CycleLimits | 'budget' | 'host';
