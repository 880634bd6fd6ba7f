import { expect, it } from 'vitest';
import { findMissingPlatforms } from './lockfile.ts';

const tool = (version: string, ...names: string[]) => ({
  version,
  dev: true,
  optionalDependencies: Object.fromEntries(names.map((name) => [name, version])),
});

it('adds the platforms that are missing, with what their names tell', () => {
  const packages = {
    '': {},
    'node_modules/tool': tool(
      '1.0.0',
      'tool-linux-x64-gnu',
      'tool-linux-arm64-musl',
      '@tool/win32-x64-msvc',
      '@tool/b-wasm32-wasi',
    ),
    'node_modules/tool-linux-x64-gnu': { version: '1.0.0' },
  };
  expect(findMissingPlatforms({ packages })).toEqual({
    'node_modules/tool-linux-arm64-musl': {
      version: '1.0.0',
      dev: true,
      optional: true,
      os: ['linux'],
      cpu: ['arm64'],
      libc: ['musl'],
    },
    'node_modules/@tool/win32-x64-msvc': { version: '1.0.0', dev: true, optional: true, os: ['win32'], cpu: ['x64'] },
    'node_modules/@tool/b-wasm32-wasi': { version: '1.0.0', dev: true, optional: true, cpu: ['wasm32'] },
  });
});

it('knows systems and widths by other names', () => {
  const packages = { 'node_modules/tool': tool('1.0.0', 'tool-windows-64', 'tool-darwin-64') };
  expect(findMissingPlatforms({ packages })).toEqual({
    'node_modules/tool-windows-64': { version: '1.0.0', dev: true, optional: true, os: ['win32'], cpu: ['x64'] },
    'node_modules/tool-darwin-64': { version: '1.0.0', dev: true, optional: true, os: ['darwin'], cpu: ['x64'] },
  });
});

it('puts another version below the package that wants it', () => {
  const packages = {
    'node_modules/tool': tool('2.0.0', 'tool-darwin-x64'),
    'node_modules/tool-darwin-x64': { version: '2.0.0' },
    'node_modules/app/node_modules/tool': tool('1.0.0', 'tool-darwin-x64'),
  };
  expect(Object.keys(findMissingPlatforms({ packages }))).toEqual(['node_modules/app/node_modules/tool-darwin-x64']);
});

it('leaves optional dependencies alone that are not of one platform', () => {
  expect(findMissingPlatforms({ packages: { 'node_modules/tool': tool('1.0.0', 'extra') } })).toEqual({});
});
