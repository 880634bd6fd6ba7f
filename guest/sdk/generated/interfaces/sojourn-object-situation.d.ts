/// <reference path="./sojourn-object-http.d.ts" />
/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/situation@0.1.0' {
  export type Json = import('sojourn:object/types@0.1.0').Json;
  export type Timestamp = import('sojourn:object/types@0.1.0').Timestamp;
  export type Request = import('sojourn:object/http@0.1.0').Request;
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
     * `fuel`, `calls`, `bytes` or `cycles`.
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
     * 0 to 1000.
     */
    trust: number,
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
   * Ask for more than before. Needs a permit of its own.
   * ## `"reclassify"`
   *
   * Change the kind of task. Needs a permit of its own.
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
  export interface Delegation {
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
  export interface Group {
    need: number,
    members: Uint32Array,
  }
  /**
   * One node of a wake condition. A condition is a list of these; the first is its root, and a group refers to members
   * that stand after it, so that no loop is possible.
   */
  export type Condition = ConditionInstant | ConditionElapsed | ConditionSignal | ConditionGroup;
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
