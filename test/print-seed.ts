/** Prints the seed of a run's property tests, so that a failure can be repeated. */
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly seed: string;
  }
}

export function setup(project: TestProject): void {
  process.stdout.write(`property tests: SOJOURN_SEED=${project.getProvidedContext().seed}\n`);
}
