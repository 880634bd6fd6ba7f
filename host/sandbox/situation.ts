/**
 * The situation as the glue lowers it: u64 as bigint, absent options as undefined, all else as it is.
 */
import type { Situation } from '../ports.ts';

/** Whole numbers must be safe and not negative; the kernel makes them so. */
export function toGuestSituation(situation: Situation): unknown {
  const { intent, context, trigger, last, cycle, now, limits } = situation;
  return {
    intent,
    context: {
      ...context,
      budgets: context.budgets.map(({ name, limit, spent }) => ({ name, limit: BigInt(limit), spent: BigInt(spent) })),
      parent: context.parent ?? undefined,
    },
    trigger: toTrigger(trigger),
    last:
      last === null
        ? undefined
        : { ...last, seq: BigInt(last.seq), action: last.action ?? undefined, reason: last.reason ?? undefined },
    cycle: BigInt(cycle),
    now: BigInt(now),
    limits: { ...limits, fuel: BigInt(limits.fuel), bytes: BigInt(limits.bytes) },
  };
}

function toTrigger(trigger: Situation['trigger']): unknown {
  if (trigger.tag !== 'woken') return trigger;
  const { dormancy, signals, witnesses } = trigger.val;
  return {
    tag: 'woken',
    val: { dormancy: BigInt(dormancy), signals: signals.map(BigInt), witnesses: witnesses.map(BigInt) },
  };
}
