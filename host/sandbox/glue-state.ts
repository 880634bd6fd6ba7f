/**
 * The generated glue keeps state of its own beside that of the core instances: tasks, handles of resources, flags. Here it gets
 * two functions more, which remember that state after instantiation and put it back after an evaluation. What the glue declares
 * is compared with what is known of jco 1.35: glue with anything else is not restored, and its component gets a fresh instance
 * each time.
 */

/** What the glue returns beside `handle`. */
export interface GlueState {
  /** To be called once, after instantiation. False where something is under way already. */
  save(): boolean;
  /** Puts back what `save` found. False where an evaluation left something under way; the instance is then of no more use. */
  restore(): boolean;
}

export interface ExposedGlue {
  readonly glue: string;
  /** False where the glue declares what is not known here. */
  readonly known: boolean;
}

/** Written and read while an evaluation runs: `SAVE_AND_RESTORE` deals with each of them. */
const STATE = [
  'ASYNC_CURRENT_COMPONENT_IDXS',
  'ASYNC_CURRENT_TASK_IDS',
  'ASYNC_STATE',
  'ASYNC_TASKS_BY_COMPONENT_IDX',
  'CURRENT_TASK_MAY_BLOCK',
  'CURRENT_TASK_META',
  'HANDLE_TABLES',
  'INSTANCE_FLAGS',
  'RESOURCE_CALL_BORROWS',
  'RESOURCE_SCOPE_ID',
  'RESOURCE_SCOPE_TASKS',
  'SCOPE_ID',
  'STORE_ASYNC_STATE',
  'STORE_TRAP',
  'SYMMETRIC_SYNC_GUEST_CALL_STACK',
] as const;

/** Never written once the component is instantiated. */
const CONSTANTS = [
  'ASYNC_DETERMINISM',
  'ASYNC_EVENT_CODE',
  'CORE_TRAP_MESSAGES',
  'GLOBAL_COMPONENT_MEMORY_MAP',
  'I32_MAX',
  'I32_MIN',
  'TEXT_DECODER_UTF8',
  'TEXT_ENCODER_UTF8',
  'T_FLAG',
] as const;

const KNOWN: ReadonlySet<string> = new Set([...STATE, ...CONSTANTS]);
/** Tables of resources that the host holds for the guest. */
const HOST_RESOURCES = /\b(?:const|let|var) capture(?:Table|Cnt)/;
const DECLARATION = /\b(?:const|let|var) ([A-Z][A-Z0-9_]+) ?=/g;
const END = /\n *return \{ handle, {2}\};\n *\}\)\(\);\n/;

/** Adds `state` to what the glue's instances have; glue that is not as expected stays as it is. */
export function exposeGlueState(glue: string): ExposedGlue {
  const known = Array.from(glue.matchAll(DECLARATION), ([, name = '']) => name).every((name) => KNOWN.has(name));
  if (!known || HOST_RESOURCES.test(glue) || !END.test(glue)) return { glue, known: false };
  return { glue: glue.replace(END, () => `${SAVE_AND_RESTORE}  return { handle, state };\n})();\n`), known: true };
}

/**
 * Each container is emptied, each counter and flag set to its value after instantiation. The per-instance states in ASYNC_STATE
 * are made anew where they are asked for; timers that still hold an old one find it idle. Identifiers of tasks count anew, too.
 * A name that this glue does not declare is `undefined` to `typeof`.
 */
const SAVE_AND_RESTORE = `
  const state = (() => {
    let saved = null;
    const handles = () => (typeof HANDLE_TABLES === 'undefined' ? [] : HANDLE_TABLES);
    const idle = () =>
      (typeof ASYNC_CURRENT_COMPONENT_IDXS === 'undefined' || ASYNC_CURRENT_COMPONENT_IDXS.length === 0) &&
      (typeof ASYNC_CURRENT_TASK_IDS === 'undefined' || ASYNC_CURRENT_TASK_IDS.length === 0) &&
      (typeof ASYNC_TASKS_BY_COMPONENT_IDX === 'undefined' || [...ASYNC_TASKS_BY_COMPONENT_IDX.values()].every((tasks) => tasks.length === 0)) &&
      (typeof ASYNC_STATE === 'undefined' || [...ASYNC_STATE.values()].every((one) => !one.errored() && !one.isExclusivelyLocked() && !one.hasPendingSchedulerWork() && one.suspendedTaskMetas().next().done)) &&
      (typeof RESOURCE_CALL_BORROWS === 'undefined' || RESOURCE_CALL_BORROWS.length === 0) &&
      (typeof RESOURCE_SCOPE_TASKS === 'undefined' || RESOURCE_SCOPE_TASKS.size === 0) &&
      (typeof STORE_ASYNC_STATE === 'undefined' || STORE_ASYNC_STATE.pendingHostOperations === 0) &&
      (typeof STORE_TRAP === 'undefined' || STORE_TRAP.error === null) &&
      (typeof SYMMETRIC_SYNC_GUEST_CALL_STACK === 'undefined' || SYMMETRIC_SYNC_GUEST_CALL_STACK.length === 0);
    // Representations are only ever added, so their number tells.
    const restoreTable = ({ table, cells, reps }) => {
      let same = table.length === cells.length;
      for (let index = 0; same && index < cells.length; index += 1) same = table[index] === cells[index];
      if (!same) table.splice(0, table.length, ...cells);
      if (table._createdReps.size !== reps.length) table._createdReps = new Set(reps);
    };
    return {
      save() {
        if (!idle() || (typeof ASYNC_STATE !== 'undefined' && ASYNC_STATE.size > 0)) return false;
        saved = {
          tables: handles().map((table) => ({ table, cells: table.slice(), reps: [...table._createdReps] })),
          flags: typeof INSTANCE_FLAGS === 'undefined' ? [] : [...INSTANCE_FLAGS].map(([, flag]) => ({ flag, value: flag.value })),
          mayBlock: typeof CURRENT_TASK_MAY_BLOCK === 'undefined' ? 0 : CURRENT_TASK_MAY_BLOCK.value,
          resourceScope: typeof RESOURCE_SCOPE_ID === 'undefined' ? 0 : RESOURCE_SCOPE_ID,
          scope: typeof SCOPE_ID === 'undefined' ? 0 : SCOPE_ID,
          task: typeof AsyncTask === 'undefined' ? 0n : AsyncTask._ID,
          subtask: typeof AsyncSubtask === 'undefined' ? 0n : AsyncSubtask._ID,
        };
        return true;
      },
      restore() {
        if (saved === null || !idle()) return false;
        const tables = handles();
        tables.length = saved.tables.length;
        for (let index = 0; index < tables.length; index += 1) {
          const before = saved.tables[index];
          if (before === undefined) delete tables[index];
          else restoreTable(before);
        }
        for (const { flag, value } of saved.flags) flag.value = value;
        if (typeof CURRENT_TASK_MAY_BLOCK !== 'undefined') CURRENT_TASK_MAY_BLOCK.value = saved.mayBlock;
        if (typeof ASYNC_STATE !== 'undefined') ASYNC_STATE.clear();
        if (typeof ASYNC_TASKS_BY_COMPONENT_IDX !== 'undefined') ASYNC_TASKS_BY_COMPONENT_IDX.clear();
        if (typeof RESOURCE_SCOPE_TASKS !== 'undefined') RESOURCE_SCOPE_TASKS.clear();
        if (typeof RESOURCE_SCOPE_ID !== 'undefined') RESOURCE_SCOPE_ID = saved.resourceScope;
        if (typeof SCOPE_ID !== 'undefined') SCOPE_ID = saved.scope;
        if (typeof CURRENT_TASK_META !== 'undefined') for (const key of Object.keys(CURRENT_TASK_META)) delete CURRENT_TASK_META[key];
        if (typeof STORE_ASYNC_STATE !== 'undefined' && STORE_ASYNC_STATE.deadlockCheck !== null) {
          clearTimeout(STORE_ASYNC_STATE.deadlockCheck);
          STORE_ASYNC_STATE.deadlockCheck = null;
        }
        if (typeof AsyncTask !== 'undefined') AsyncTask._ID = saved.task;
        if (typeof AsyncSubtask !== 'undefined') AsyncSubtask._ID = saved.subtask;
        if (typeof _liftFlatVariantScratch !== 'undefined') _liftFlatVariantScratch.setBigUint64(0, 0n);
        return true;
      },
    };
  })();
`;
