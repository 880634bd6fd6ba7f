/** The glue as a script, and which names of core modules may appear in it. */
import { describe, expect, it } from 'vitest';
import { checkCoreNames, toScript } from '../../host/sandbox/program.ts';
import { Writer } from '../../host/wasm/writer.ts';

/** A core module that exports its memory under a name. */
function exporting(name: string): WebAssembly.Module {
  const memories = new Writer().bytes([1, 0, 1]);
  const exports = new Writer().u32(1).name(name).bytes([2, 0]);
  const bytes = new Writer()
    .bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    .section(5, memories.view())
    .section(7, exports.view())
    .finish();
  return new WebAssembly.Module(bytes);
}

describe('names of core modules', () => {
  it.each([
    'memory',
    'cm32p2|wasi:io/streams@0.2|[method]output-stream.write',
    '$imports',
    '',
    'a b',
    'GOT.func',
    '<T as U>::f',
    '{x}',
  ])('may be %j', (name) => {
    expect(() => checkCoreNames('guest.core.wasm', exporting(name))).not.toThrow();
  });

  it.each([`'`, '"', '`', '\\', '\n', '\r', '\u2028', '\u2029', 'ü', '\0', '\x7f', '*/', '${x}', '<!--', '-->'])(
    'may not have %j',
    (part) => {
      expect(() => checkCoreNames('guest.core.wasm', exporting(`a${part}b`))).toThrow(
        expect.objectContaining({ code: 'component.malformed', message: expect.stringContaining('guest.core.wasm') }),
      );
    },
  );
});

describe('the glue', () => {
  const glue =
    '"use components";\nexport function instantiate(get, imports) {\n  return imports;\n};\n\nexport const _util = {\n  \n}\n';

  it('becomes a script that gives instantiate', () => {
    const script = toScript(glue);
    expect(script).not.toMatch(/export/);
    expect(script).toContain('return instantiate;');
  });

  it.each([
    ['another head', glue.replace('"use components";', '')],
    ['no end', glue.replace('_util', '_other')],
  ])('is refused with %s', (_, changed) => {
    expect(() => toScript(changed)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
