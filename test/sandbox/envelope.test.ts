/** The contract that a guest is checked against is the one in wit/, and the validator holds every guest to it. */
import { print } from '@bytecodealliance/jco';
import { beforeAll, describe, expect, it } from 'vitest';
import { CONTRACT_INTERFACES, CONTRACT_TYPES, OPERATIONS } from '../../host/sandbox/contract.ts';
import { CONTRACT_WAT } from '../../host/sandbox/contract-wat.ts';
import { buildScript } from './guest-builds.ts';

/** Types and imports of a component in text, without the names and numbers that stand for the same thing. */
function declarations(wat: string): string[] {
  return wat
    .replace(/\(;\d+;\)|\$[a-z-]+/g, '')
    .split(/\s+/)
    .join(' ')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')')
    .split(/(?=\((?:import|alias|type|export) )/)
    .map((part) => part.trim());
}

let printed: string;

beforeAll(async () => {
  const { bytes } = await buildScript(new URL('guests/calls.js', import.meta.url));
  printed = await print(bytes);
});

describe('the contract in WebAssembly text', () => {
  it('is what the tools make of wit/', () => {
    const head = printed.slice(0, printed.indexOf('\n  (component (;0;)'));
    expect(declarations(CONTRACT_WAT)).toEqual(declarations(`${head}\n`));
  });

  it('imports the interfaces and types that admission allows, in their order', () => {
    const imports = Array.from(CONTRACT_WAT.matchAll(/\(import "([^"]+)"/g), ([, name]) => name);
    expect(imports).toEqual([...CONTRACT_INTERFACES, ...CONTRACT_TYPES]);
  });

  it('has a function for every operation, and no other', () => {
    const functions = Array.from(
      CONTRACT_WAT.matchAll(/\(export (?:\(;\d+;\) )?"([^"]+)" \(func/g),
      ([, name]) => name,
    );
    expect(functions).toEqual(OPERATIONS.map(({ func }) => func));
  });
});
