/// <reference path="./sojourn-object-http.d.ts" />
/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/situation@0.2.0' {
  export type Json = import('sojourn:object/types@0.2.0').Json;
  export type Timestamp = import('sojourn:object/types@0.2.0').Timestamp;
  export type Request = import('sojourn:object/http@0.2.0').Request;
  export interface Intent {
    /**
     * What kind of task it is, for example `purchase-approval`.
     */
    kind: string,
    /**
     * One sentence for people.
     */
    goal: string,
    /**
     * The task's input. Never changes.
     */
    input: Json,
    /**
     * A JSON object; each member narrows what counts as fulfilled. Grows by mutation.
     */
    constraints: Json,
  }
  export interface Budget {
    /**
     * `fuel`, `calls`, `bytes`, `cycles`, or a counter that the object's creator named, for example `cents`.
     */
    name: string,
    limit: bigint,
    spent: bigint,
  }
  export interface Context {
    /**
     * Id of the object: SHA-256 of its genesis, 64 hexadecimal digits.
     */
    id: string,
    /**
     * Node id of whoever made it.
     */
    creator: string,
    /**
     * Operations that the object may use at all, for example `http.send`; policy may allow fewer.
     */
    capabilities: Array<string>,
    /**
     * Names of zones that it may run in; empty means any.
     */
    zones: Array<string>,
    budgets: Array<Budget>,
    /**
     * Trust slope, 0 to 1000.
     */
    trust: number,
    /**
     * Cycles in a row, up to the last one, that cost no trust.
     */
    continuousOver: number,
    /**
     * Id of the parent, for a delegated object.
     */
    parent?: string,
  }
  /**
   * How an earlier cycle ended.
   * # Variants
   *
   * ## `"success"`
   *
   * ## `"partial"`
   *
   * ## `"failure"`
   *
   * ## `"deferral"`
   *
   * ## `"refusal"`
   *
   * ## `"timeout"`
   *
   * ## `"latency"`
   *
   * ## `"no-response"`
   *
   * ## `"node-loss"`
   *
   * ## `"capability-missing"`
   */
  export type OutcomeClass = 'success' | 'partial' | 'failure' | 'deferral' | 'refusal' | 'timeout' | 'latency' | 'no-response' | 'node-loss' | 'capability-missing';
  /**
   * A set of them.
   */
  export interface OutcomeClasses {
    success?: boolean,
    partial?: boolean,
    failure?: boolean,
    deferral?: boolean,
    refusal?: boolean,
    timeout?: boolean,
    latency?: boolean,
    noResponse?: boolean,
    nodeLoss?: boolean,
    capabilityMissing?: boolean,
  }
  export interface Outcome {
    /**
     * Position of its entry.
     */
    seq: bigint,
    'class': OutcomeClass,
    /**
     * What was proposed, for example `execution`; absent where the handler gave no proposal.
     */
    action?: string,
    /**
     * A code such as `policy`, `bound:fuel`, `http-status`; absent for a success.
     */
    reason?: string,
    /**
     * What the action gave, or `null`.
     */
    value: Json,
  }
  export interface Wake {
    /**
     * Position of the entry that put it to sleep.
     */
    dormancy: bigint,
    /**
     * The signals that helped to wake it, by position of their entries; empty where time did.
     */
    signals: BigUint64Array,
    /**
     * What is known of other objects that helped to wake it, by position of its `witness` entries.
     */
    witnesses: BigUint64Array,
  }
  /**
   * Why the handler runs now.
   */
  export type Trigger = TriggerCreated | TriggerContinued | TriggerWoken;
  /**
   * The first cycle of the object.
   */
  export interface TriggerCreated {
    tag: 'created',
  }
  /**
   * The cycle after another one.
   */
  export interface TriggerContinued {
    tag: 'continued',
  }
  /**
   * It slept, and its wake condition holds.
   */
  export interface TriggerWoken {
    tag: 'woken',
    val: Wake,
  }
  /**
   * What is left for this cycle.
   */
  export interface Limits {
    fuel: bigint,
    memoryPages: number,
    calls: number,
    bytes: bigint,
    proposalBytes: number,
  }
  export interface Situation {
    intent: Intent,
    context: Context,
    trigger: Trigger,
    /**
     * How the last cycle ended; absent in the first.
     */
    last?: Outcome,
    cycle: bigint,
    now: Timestamp,
    limits: Limits,
  }
  export interface ToolCall {
    name: string,
    input: Json,
  }
  /**
   * The one call that an execution makes.
   */
  export type Operation = OperationHttp | OperationTool | OperationCommit;
  export interface OperationHttp {
    tag: 'http',
    val: Request,
  }
  export interface OperationTool {
    tag: 'tool',
    val: ToolCall,
  }
  /**
   * Nothing leaves; only `value` is committed.
   */
  export interface OperationCommit {
    tag: 'commit',
    val: Json,
  }
  /**
   * What follows an outcome of a class.
   * # Variants
   *
   * ## `"retry"`
   *
   * Try again after a delay.
   * ## `"wait"`
   *
   * Try again when policy, node, zone or capabilities change (a refusal: when policy does); time alone does not help.
   * ## `"give-up"`
   *
   * Stop trying: the handler goes on with this outcome.
   */
  export type Response = 'retry' | 'wait' | 'give-up';
  export interface ClassRule {
    'class': OutcomeClass,
    response: Response,
  }
  /**
   * Bounds of what the host tries again. Within them the next delay follows from what happened (docs/backoff.md); when they are
   * used up, the object ends with the reason. Times are milliseconds.
   */
  export interface Envelope {
    /**
     * 1 or more; the first try counts.
     */
    maxAttempts: number,
    /**
     * Since the first try.
     */
    maxElapsed: bigint,
    minDelay: bigint,
    maxDelay: bigint,
    /**
     * An answer that took longer is told as a failure signal of class `latency`. The call succeeded all the same.
     */
    latency?: bigint,
    /**
     * At most one for each class. A class without a rule has the one of docs/backoff.md.
     */
    rules: Array<ClassRule>,
  }
  export interface Comparison {
    pointer: string,
    value: Json,
  }
  export interface Threshold {
    pointer: string,
    value: number,
  }
  /**
   * Where the next request goes on.
   */
  export interface Cursor {
    /**
     * Into the result: RFC 6901. What stands there is a text or a whole number.
     */
    pointer: string,
    /**
     * The query parameter of the request's URL, or the member of the tool's input, that it is put into.
     */
    parameter: string,
  }
  /**
   * # Variants
   *
   * ## `"refine"`
   *
   * State the goal more exactly. Constraints and input stay.
   * ## `"constrain"`
   *
   * Add constraints. None that is there may change.
   * ## `"expand"`
   *
   * Ask for more than before: goal and constraints may change. Needs a permit for `mutation.expand` as well.
   * ## `"reclassify"`
   *
   * Change the kind of task, goal and constraints as it may be. Needs a permit for `mutation.reclassify` as well.
   */
  export type MutationKind = 'refine' | 'constrain' | 'expand' | 'reclassify';
  export interface Mutation {
    kind: MutationKind,
    /**
     * The task kind afterwards. Only `reclassify` may change it.
     */
    task: string,
    goal: string,
    constraints: Json,
  }
  export interface Child {
    /**
     * The handler's name for the child, 1 to 64 bytes, unique within the object.
     */
    name: string,
    /**
     * SHA-256 of the child's handler component; absent: the same as this object's.
     */
    handler?: string,
    task: string,
    goal: string,
    input: Json,
    /**
     * Must lie within the object's own.
     */
    capabilities: Array<string>,
    zones: Array<string>,
    budgets: Array<Budget>,
  }
  export interface Cancellation {
    /**
     * Name of the child.
     */
    name: string,
    /**
     * One sentence for people.
     */
    reason: string,
  }
  export type Delegation = DelegationSpawn | DelegationCancel;
  /**
   * Make a child object and give it a part of the task.
   */
  export interface DelegationSpawn {
    tag: 'spawn',
    val: Child,
  }
  /**
   * Give a child up. It ends when it learns of it.
   */
  export interface DelegationCancel {
    tag: 'cancel',
    val: Cancellation,
  }
  export interface Group {
    need: number,
    members: Uint32Array,
  }
  /**
   * One node of a predicate, which is a flat list like a condition: the first is its root, and a group refers to members that
   * stand after it. Pointers are RFC 6901 and lead into the result; where nothing stands, there is not enough input.
   */
  export type Test = TestExists | TestEquals | TestNotEquals | TestAtLeast | TestAtMost | TestContains | TestGroup;
  /**
   * Satisfied where something stands at the pointer, not yet where nothing does.
   */
  export interface TestExists {
    tag: 'exists',
    val: string,
  }
  export interface TestEquals {
    tag: 'equals',
    val: Comparison,
  }
  export interface TestNotEquals {
    tag: 'not-equals',
    val: Comparison,
  }
  export interface TestAtLeast {
    tag: 'at-least',
    val: Threshold,
  }
  export interface TestAtMost {
    tag: 'at-most',
    val: Threshold,
  }
  /**
   * A list that has the value as a member, or a text that has the text in it.
   */
  export interface TestContains {
    tag: 'contains',
    val: Comparison,
  }
  export interface TestGroup {
    tag: 'group',
    val: Group,
  }
  export interface Poll {
    /**
     * Satisfied by the result: the step is done. Not yet: ask again. Where the result has not what the tests ask about, that is a
     * third answer, and recorded as such.
     */
    predicate: Array<Test>,
    cursor?: Cursor,
  }
  export interface Execution {
    /**
     * The handler's name for this step, 1 to 64 bytes.
     */
    step: string,
    operation: Operation,
    /**
     * The key under which the checked result is committed to `kv`; absent: it is only recorded.
     */
    into?: string,
    /**
     * When the host itself tries this call again, without another run of the handler; absent: never.
     */
    retry?: Envelope,
    /**
     * Until what the result says the host asks again. Needs `retry`, which says how long and how often.
     */
    poll?: Poll,
  }
  export interface OutcomeCount {
    /**
     * Those that count; none: all.
     */
    classes: OutcomeClasses,
    /**
     * 1 to 256.
     */
    count: number,
  }
  /**
   * # Variants
   *
   * ## `"policy"`
   *
   * The digest of the node's policy set.
   * ## `"node"`
   *
   * The node that holds the object.
   * ## `"zone"`
   *
   * The zone of that node.
   * ## `"capabilities"`
   *
   * The operations that the node has providers for.
   */
  export type ContextFacet = 'policy' | 'node' | 'zone' | 'capabilities';
  /**
   * # Variants
   *
   * ## `"reached"`
   *
   * A seal at the position, or behind it.
   * ## `"ended"`
   *
   * It has terminated, whether its intent was fulfilled or not.
   * ## `"achieved"`
   *
   * It has terminated with its intent fulfilled.
   */
  export type ObjectState = 'reached' | 'ended' | 'achieved';
  export interface Prerequisite {
    /**
     * Id of the other object, 64 hexadecimal digits; or `child:` and the name of a child; or `parent`.
     */
    object: string,
    state: ObjectState,
    /**
     * For `reached`: the position that it must have come to. Else 0.
     */
    seq: bigint,
  }
  /**
   * One node of a wake condition. A condition is a list of these; the first is its root, and a group refers to members
   * that stand after it, so that no loop is possible.
   */
  export type Condition = ConditionInstant | ConditionElapsed | ConditionSignal | ConditionGroup | ConditionOutcomes | ConditionContext | ConditionObject;
  /**
   * True from this time on.
   */
  export interface ConditionInstant {
    tag: 'instant',
    val: Timestamp,
  }
  /**
   * True when so many milliseconds have passed since the object fell asleep.
   */
  export interface ConditionElapsed {
    tag: 'elapsed',
    val: bigint,
  }
  /**
   * True when a signal of this name came in since the object fell asleep. `*` stands for any name.
   */
  export interface ConditionSignal {
    tag: 'signal',
    val: string,
  }
  /**
   * True when at least `need` of the members are.
   */
  export interface ConditionGroup {
    tag: 'group',
    val: Group,
  }
  /**
   * True when so many outcomes came in since the object fell asleep: of its own tries, and of other objects that it was shown.
   */
  export interface ConditionOutcomes {
    tag: 'outcomes',
    val: OutcomeCount,
  }
  /**
   * True when this is not any more what it was when the object fell asleep.
   */
  export interface ConditionContext {
    tag: 'context',
    val: ContextFacet,
  }
  /**
   * True when the object's own memory shows that another object has come so far.
   */
  export interface ConditionObject {
    tag: 'object',
    val: Prerequisite,
  }
  export interface Dormancy {
    condition: Array<Condition>,
  }
  export interface Termination {
    /**
     * True where the intent is fulfilled.
     */
    achieved: boolean,
    result: Json,
  }
  export type Action = ActionExecution | ActionMutation | ActionDelegation | ActionDormancy | ActionReentry | ActionTermination;
  export interface ActionExecution {
    tag: 'execution',
    val: Execution,
  }
  export interface ActionMutation {
    tag: 'mutation',
    val: Mutation,
  }
  export interface ActionDelegation {
    tag: 'delegation',
    val: Delegation,
  }
  export interface ActionDormancy {
    tag: 'dormancy',
    val: Dormancy,
  }
  /**
   * The kernel's own: it follows when a wake condition holds. A handler that proposes it is refused.
   */
  export interface ActionReentry {
    tag: 'reentry',
  }
  export interface ActionTermination {
    tag: 'termination',
    val: Termination,
  }
  export interface Proposal {
    action: Action,
    /**
     * One or two sentences for people: why this action.
     */
    rationale: string,
    /**
     * 0.0 to 1.0. Recorded, and never a reason to allow anything.
     */
    confidence: number,
  }
  /**
   * The handler's own failure, told in its own words.
   */
  export interface HandlerError {
    message: string,
    /**
     * Stack with the positions that the engine knows; empty where it has none.
     */
    stack: string,
  }
}
