/** What code in the guest's realm could reach, were there a way to get any in. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createLiftBudget } from '../../host/sandbox/lift-budget.ts';
import { GLUE_GLOBALS } from '../../host/sandbox/program.ts';
import { createRealm } from '../../host/sandbox/realm.ts';

/** Evaluates an expression where the glue runs. */
function inside(expression: string): unknown {
  return createRealm().load(`(function (${GLUE_GLOBALS.join(', ')}) { return (${expression}); })`)(createLiftBudget());
}

describe('the realm of a guest', () => {
  it.each([
    'process',
    'require',
    'module',
    'fetch',
    'Buffer',
    'navigator',
    'Worker',
    'structuredClone',
    'performance',
    'crypto',
  ])('has no %s', (name) => {
    expect(inside(`typeof ${name}`)).toBe('undefined');
    expect(inside(`'${name}' in globalThis`)).toBe(false);
  });

  it.each(['Date', 'SharedArrayBuffer', 'Atomics'])('has no %s, which could measure time', (name) => {
    expect(inside(`typeof ${name}`)).toBe('undefined');
  });

  it('copies no buffer uncounted', () => {
    expect(inside(`'slice' in ArrayBuffer.prototype`)).toBe(false);
  });

  it('has no randomness', () => {
    expect(inside('Math.random()')).toBe(inside('Math.random()'));
  });

  it.each([`Function('return 1')`, `eval('1')`, `(async () => {}).constructor('return 1')`])(
    'makes no code of text: %s',
    (code) => {
      expect(() => inside(code)).toThrow(/code generation/i);
    },
  );

  it('imports no module', async () => {
    await expect(inside(`import('node:fs')`)).rejects.toMatchObject({ code: 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING' });
  });

  it('reaches no code through the objects that it is handed', () => {
    const script = `
      import { disarmFunctionConstructors } from './host/sandbox/realm.ts';
      disarmFunctionConstructors();
      const handed = [() => {}, async () => {}, function* () {}, async function* () {}, class {}, new Error('e'), {}, [], Promise.resolve()];
      for (const value of handed) {
        try {
          value.constructor.constructor('return process')();
          console.log('reached', String(value));
        } catch (error) {
          if (error.name !== 'EvalError') console.log('reached', error.name);
        }
        try {
          Object.getPrototypeOf(value).constructor('return process')();
        } catch {
          continue;
        }
      }`;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd, encoding: 'utf8' });
    expect(output).toBe('');
  });
});
