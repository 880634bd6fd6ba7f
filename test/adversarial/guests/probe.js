/** Leaves what it is given wherever JavaScript can, and reports all that could tell one run from another. */
let kept = 'nothing';

function attempt(probe) {
  try {
    return String(probe());
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

function depth() {
  let levels = 0;
  const down = () => {
    levels += 1;
    if (levels < 200) down();
  };
  down();
  return levels;
}

const PROBES = {
  kept: () => kept,
  left: () => globalThis.left,
  inherited: () => ({}).left,
  cell: () => PROBES.left.cell,
  weak: () => typeof new WeakRef({}).deref(),
  finalizer: () => new FinalizationRegistry(() => (kept = 'collected')).register({}, 1),
  atomics: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1),
  intl: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  locale: () => (1234.5).toLocaleString(),
  nan: () => new BigUint64Array(new Float64Array([0 / 0, Infinity - Infinity, Math.sqrt(-1)]).buffer).join(),
  floats: () => [0.1 + 0.2, 1e21, 5e-324, Math.sin(1e9), Math.exp(0.5), 2 ** 0.5].join(),
  order: () => Object.keys({ b: 1, 2: 1, a: 1, 1: 1 }).join(),
  sorted: () =>
    Array.from({ length: 50 }, (_, at) => (at * 7) % 11)
      .sort(() => 0)
      .join(),
  stack: () => new Error('here').stack,
  depth,
  symbols: () => Reflect.ownKeys(globalThis).map(String).join(),
  blank: () => new Uint8Array(1_000_000).some((byte) => byte !== 0),
};

export function handle(situation) {
  const { input } = JSON.parse(situation.intent.input);
  const report = Object.fromEntries(Object.entries(PROBES).map(([name, probe]) => [name, attempt(probe)]));
  if (input !== '') {
    kept = input;
    globalThis.left = input;
    Object.prototype.left = input;
    PROBES.left.cell = input;
    new Uint8Array(1_000_000).fill(0x5e);
  }
  const result = JSON.stringify(report);
  return { action: { tag: 'termination', val: { achieved: true, result } }, rationale: '', confidence: 1 };
}
