/**
 * The package's public face: make a host of ports, a policy and limits, and let it create, run, signal, show and verify objects.
 * `nodePorts` and `loadPolicyFolder` bring Node's files, clock, network and cryptography; a host without them takes its own.
 */
export type { Advisor, AdvisorAnswer, AskBounds } from './capability/advice.ts';
export { createOpenAiAdvisor } from './capability/advice-openai.ts';
export type { OpenAiOptions } from './capability/advice-openai.ts';
export { createRulesAdvisor } from './capability/advice-rules.ts';
export type { Fetch } from './capability/http.ts';
export type { Tool } from './capability/tools.ts';
export { SojournError, exitCodeOf, httpStatusOf } from './errors.ts';
export type { ErrorCode, ErrorOptions } from './errors.ts';
export type { AdviceContent } from './kernel/advice-answer.ts';
export type { AdviceMessage, AdviceQuestion, OfferedTool, ToolCall } from './kernel/advice-question.ts';
export type { CyclePoint } from './kernel/ports.ts';
export type { ReplayResult } from './kernel/replay.ts';
export { DEFAULT_LIMITS } from './limits.ts';
export type { Bound, ComponentLimits, CycleLimits, Limits, ObjectLimits, PolicyLimits, RunLimits } from './limits.ts';
export type { Census } from './node/census.ts';
export type { ArchiveOptions, ArchiveReport, CheckpointReport } from './node/archive.ts';
export type { ObjectDraft } from './node/draft-object.ts';
export { createHost } from './node/host.ts';
export type { Created, Host, HostOptions, HostRunOptions, SignalOptions } from './node/host.ts';
export { listObjects } from './node/list-objects.ts';
export { loadAdvisors } from './node/load-advisors.ts';
export type { AdvisorSources } from './node/load-advisors.ts';
export { loadPolicyFolder } from './node/load-policy.ts';
export {
  generateKey,
  generateReaderKey,
  nativeHash,
  nativeReaderKey,
  createNativeVerify,
  readKey,
  readReaderKey,
} from './node/native.ts';
export type { KeyPair } from './node/native.ts';
export { readPolicyFolder } from './node/policy-folder.ts';
export { nodePorts } from './node/ports.ts';
export type { ProveOptions } from './node/prove.ts';
export { placeProgramCache } from './node/program-cache.ts';
export type { HostPorts } from './node/host-ports.ts';
export type { NodePortOptions } from './node/ports.ts';
export type { Redacted } from './node/redact.ts';
export type { RunReport, RunStatus } from './node/run.ts';
export type { SignalReport } from './node/signal.ts';
export { treeJson } from './node/tree-json.ts';
export type { Tree, TreeNode } from './node/tree.ts';
export type { Branch, CompareReport, EntryNote } from './node/compare.ts';
export type { VerifyOptions, VerifyReport } from './node/verify.ts';
export { viewJson } from './node/view.ts';
export type { ObjectView } from './node/view.ts';
export type { WakeLine, WakeOptions, WakeReport, WakeState } from './node/wake-objects.ts';
export type { WitnessReport } from './node/witness.ts';
export { entryJson, genesisJson } from './object/json.ts';
export type {
  ActionName,
  Budgets,
  Condition,
  Context,
  Entry,
  EntryKind,
  EntryOf,
  Genesis,
  Intent,
  OutcomeClass,
  Scope,
  SealStatement,
  Verdict,
  VerdictName,
} from './object/model.ts';
export { encodeProof } from './object/proof.ts';
export type { Proof } from './object/proof.ts';
export { nodeIdOf } from './object/seal.ts';
export type { State, Status } from './object/state.ts';
export { encodePolicySet } from './policy/encode.ts';
export type { PolicyFiles } from './policy/encode.ts';
export { formatReaderKey, parseReaderKey } from './policy/readers.ts';
export { explainPolicySet } from './policy/explain.ts';
export type { ActionExplanation, PolicyExplanation, RuleExplanation } from './policy/explain.ts';
export { loadPolicySet } from './policy/load.ts';
export type { LoadedPolicySet } from './policy/load.ts';
export type { PolicySet } from './policy/model.ts';
export type {
  Clock,
  HandlerResult,
  HandlerRun,
  HandlerRunner,
  Hash,
  ObjectFile,
  Random,
  ReaderKey,
  Signer,
  Store,
  VerifySignature,
} from './ports.ts';
export { buildHandler } from './sandbox/build.ts';
export type { BuildOptions, BuiltHandler, Engine } from './sandbox/build.ts';
export type { ProgramCacheOptions } from './sandbox/program-cache.ts';
export { createSandbox } from './sandbox/runner.ts';
export type { SandboxOptions } from './sandbox/runner.ts';
export { createFileStore } from './store/file.ts';
export type { Value, ValueMap } from './value.ts';
