/** Gives every property test of a run the one seed that vitest.config.ts printed. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['SOJOURN_SEED']) });
