/**
 * Fast tests by default, `test/**\/*.slow.ts` with `--mode slow`. One seed for all property tests of a run: printed at the
 * start, and set with SOJOURN_SEED to repeat a run. SOJOURN_TEST_REPORT names a file for a JSON report beside the usual one.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => {
  const slow = mode === 'slow';
  const seed = process.env['SOJOURN_SEED'] ?? String(Math.floor(Math.random() * 0x7fff_ffff));
  const report = process.env['SOJOURN_TEST_REPORT'];
  return {
    resolve: { conditions: ['sojourn-source'] },
    ssr: { resolve: { conditions: ['sojourn-source'], externalConditions: ['sojourn-source'] } },
    test: {
      environment: 'node',
      include: [slow ? 'test/**/*.slow.ts' : 'test/**/*.test.ts'],
      globalSetup: ['test/print-seed.ts'],
      setupFiles: ['test/seed.ts', 'test/equal-bytes.ts'],
      env: { SOJOURN_SEED: seed },
      provide: { seed },
      testTimeout: slow ? 600_000 : 30_000,
      hookTimeout: slow ? 600_000 : 60_000,
      maxWorkers: 2,
      reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    },
  };
});
