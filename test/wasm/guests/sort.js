/** Works without a call: sorts, hashes, matches, builds JSON, catches, and answers with all of it. */
export function handle({ intent, context, trigger, last, limits }) {
  const input = JSON.parse(intent.input);
  const numbers = Array.from({ length: input.amount * 20 }, (_, index) => (index * 7919) % 1009);
  const sum = numbers
    .toSorted((a, b) => a - b)
    .map((value, index) => Math.sqrt(value) * index)
    .reduce((all, value) => all + value, 0);
  let caught = '';
  try {
    null.missing;
  } catch (error) {
    caught = error.constructor.name;
  }
  const words = context.capabilities.join(' ').replace(/(\w+)\.(\w+)/g, '$2-$1');
  const result = JSON.stringify({
    sum: Math.round(sum),
    caught,
    words,
    goal: intent.goal.length,
    seen: [trigger.tag, last?.value ?? null, String(limits.fuel)],
    map: [...new Map(numbers.map((value) => [value % 13, value])).entries()].slice(0, 3),
  });
  return {
    action: { tag: 'termination', val: { achieved: true, result } },
    rationale: `sorted ${numbers.length} numbers — ü`,
    confidence: 0.5,
  };
}
