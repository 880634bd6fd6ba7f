/** What handle gives back that is no proposal and no error of the contract, or too large a one. */
import { expect } from 'vitest';
import { body, bound, core, TRAP } from '../case.ts';
import type { Case } from '../case.ts';

/** None is taken for what it is not. */
export const RESULTS: readonly Case[] = [
  {
    name: 'groups that share their members',
    guest: core('proposal-group-bomb', { pages: 32 }),
    ends: bound('proposalBytes'),
  },
  {
    name: 'conditions without number',
    guest: core('proposal-condition-bomb', { pages: 32 }),
    ends: bound('proposalBytes'),
  },
  {
    name: 'tests of a poll that share their members',
    guest: core('proposal-predicate-bomb', { pages: 32 }),
    ends: bound('proposalBytes'),
  },
  { name: 'a rationale without an end', guest: core('proposal-giant'), ends: bound('proposalBytes') },
  {
    name: 'a confidence that is no number',
    guest: core('proposal-not-a-number'),
    ends: { kind: 'error' },
    says: /^proposal\.confidence: expected a finite number, found NaN$/,
  },
  {
    name: 'a whole number beyond 2^53',
    guest: core('proposal-number-unsafe'),
    ends: { kind: 'error' },
    says: /^proposal\.action\.val\.condition\[0\]\.val: expected a whole number/,
  },
  { name: 'an action that does not exist', guest: core('proposal-variant-unknown'), ends: TRAP },
  { name: 'a result outside memory', guest: core('result-outside'), ends: TRAP },
  {
    name: 'an error text of 100 MB',
    guest: core('error-giant'),
    limits: { memoryPages: 2048 },
    ends: bound('proposalBytes'),
  },
  { name: 'unreachable', guest: core('unreachable'), ends: TRAP, says: /unreachable/ },
  { name: 'a division by zero', guest: core('divide-by-zero'), ends: TRAP, says: /divide by zero/ },
  { name: 'an address that is not aligned', guest: body('(return (i32.const 1025))'), ends: { kind: 'proposal' } },
  { name: 'a result that ends beyond memory', guest: body('(return (i32.const 1048568))'), ends: TRAP },
  {
    name: 'a result that is neither proposal nor error',
    guest: body('(i32.store8 (i32.const 1024) (i32.const 2)) (return (i32.const 1024))'),
    ends: TRAP,
  },
  {
    name: 'a wake condition that does not exist',
    guest: body(
      '(i32.store8 offset=8 (i32.const 1024) (i32.const 3)) (i32.store offset=16 (i32.const 1024) (i32.const 2048)) (i32.store offset=20 (i32.const 1024) (i32.const 1)) (i32.store8 (i32.const 2048) (i32.const 9)) (return (i32.const 1024))',
    ),
    ends: TRAP,
  },
  {
    name: 'an operation that does not exist',
    guest: body('(i32.store8 offset=24 (i32.const 1024) (i32.const 7)) (return (i32.const 1024))'),
    ends: TRAP,
  },
  {
    name: 'a mutation of a kind that does not exist',
    guest: body(
      '(i32.store8 offset=8 (i32.const 1024) (i32.const 1)) (i32.store8 offset=16 (i32.const 1024) (i32.const 4)) (return (i32.const 1024))',
    ),
    ends: TRAP,
  },
  {
    name: 'a confidence without an end',
    guest: body(
      '(i32.store8 offset=8 (i32.const 1024) (i32.const 4))(f64.store offset=184 (i32.const 1024) (f64.const inf)) (return (i32.const 1024))',
    ),
    ends: { kind: 'error' },
    says: /^proposal\.confidence: expected a finite number, found Infinity$/,
  },
  {
    name: 'a confidence of minus nothing',
    guest: body(
      '(i32.store8 offset=8 (i32.const 1024) (i32.const 4))(f64.store offset=184 (i32.const 1024) (f64.const -0)) (return (i32.const 1024))',
    ),
    ends: { kind: 'proposal', proposal: expect.objectContaining({ confidence: 0 }) },
  },
  {
    name: 'a rationale that is not UTF-8',
    guest: body(
      '(i32.store8 offset=8 (i32.const 1024) (i32.const 4))(i32.store8 (i32.const 2048) (i32.const 0xff)) (i32.store offset=176 (i32.const 1024) (i32.const 2048)) (i32.store offset=180 (i32.const 1024) (i32.const 1)) (return (i32.const 1024))',
    ),
    ends: TRAP,
  },
  {
    name: 'an error text of 4 GiB',
    guest: body(
      '(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store offset=12 (i32.const 1024) (i32.const -1)) (return (i32.const 1024))',
    ),
    ends: TRAP,
  },
  {
    name: 'a rationale with half a surrogate pair in UTF-16',
    guest: body(
      '(i32.store8 offset=8 (i32.const 1024) (i32.const 4))(i32.store16 (i32.const 2048) (i32.const 0xd800)) (i32.store offset=176 (i32.const 1024) (i32.const 2048)) (i32.store offset=180 (i32.const 1024) (i32.const 1)) (return (i32.const 1024))',
      '',
      { lift: 'string-encoding=utf16' },
    ),
    ends: TRAP,
  },
  {
    name: "the kernel's own action",
    guest: body('(i32.store8 offset=8 (i32.const 1024) (i32.const 4)) (return (i32.const 1024))'),
    ends: { kind: 'proposal', proposal: expect.objectContaining({ action: { tag: 'reentry' } }) },
  },
];
