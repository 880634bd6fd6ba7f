/** Glue with state that nobody knows is not restored. */
import { expect, it } from 'vitest';
import { exposeGlueState } from '../../host/sandbox/glue-state.ts';

const END = '\n  return { handle,  };\n})();\n';

it('glue that declares only what is known gets its state exposed', () => {
  const exposed = exposeGlueState(`const ASYNC_STATE = new Map();${END}`);
  expect(exposed.known).toBe(true);
  expect(exposed.glue).toContain('return { handle, state };');
});

it.each([
  ['a container of another name', `const WAITERS = new Map();${END}`],
  ['resources that the host holds', `const captureTable0 = new Map();${END}`],
  ['another end', 'return { handle, run };'],
])('glue with %s stays as it is', (_, glue) => {
  expect(exposeGlueState(glue)).toEqual({ glue, known: false });
});
