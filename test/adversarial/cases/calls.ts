/** Guests that call the host: too often, with too much, with what is no value of the type. */
import { body, bound, core, NO_FUEL_LIMIT, TRAP } from '../case.ts';
import type { Case } from '../case.ts';

/** None reaches a capability with what it should not. */
export const CALLS: readonly Case[] = [
  {
    name: 'one line after the other',
    guest: core('log-flood'),
    limits: { calls: 32 },
    ends: bound('calls'),
    calls: 32,
  },
  {
    name: 'heavy lines',
    guest: core('log-heavy', { pages: 16 }),
    limits: { cycleBytes: 2_000_000 },
    ends: bound('cycleBytes'),
    calls: 7,
  },
  {
    name: 'a line as long as memory',
    guest: core('argument-giant', { pages: 1024 }),
    limits: { memoryPages: 1024 },
    ends: bound('callBytesOut'),
    calls: 0,
  },
  { name: 'a text outside memory', guest: core('argument-outside'), ends: TRAP, calls: 0 },
  { name: 'a text that is not UTF-8', guest: core('argument-malformed'), ends: TRAP, calls: 0 },
  { name: 'an unknown case of an enum', guest: core('argument-enum'), ends: TRAP, calls: 0 },
  { name: 'headers that share one text', guest: core('header-bomb'), ends: bound('callBytesOut'), calls: 0 },
  {
    name: 'headers without number',
    guest: core('header-bomb-empty', { pages: 32 }),
    limits: { callBytesOut: 65_536 },
    ends: bound('callBytesOut'),
    calls: 0,
  },
  {
    name: 'a guest that catches what the host throws',
    guest: core('catches-host', { pages: 32 }),
    limits: { fuel: NO_FUEL_LIMIT, deadlineMs: 20_000 },
    ends: bound('callBytesOut'),
    calls: 0,
  },
  { name: 'a call while it is instantiated', guest: core('call-in-start'), ends: TRAP, calls: 0 },
  {
    name: 'a text that is half a character',
    guest: body(
      '(i32.store8 (i32.const 1024) (i32.const 0xc3)) (call $log-write (i32.const 1) (i32.const 1024) (i32.const 1) (i32.const 2048))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'a text with a surrogate in it',
    guest: body(
      '(i32.store (i32.const 1024) (i32.const 0x80a0ed)) (call $log-write (i32.const 1) (i32.const 1024) (i32.const 3) (i32.const 2048))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'a text with a character written too long',
    guest: body(
      '(i32.store (i32.const 1024) (i32.const 0x80c0)) (call $log-write (i32.const 1) (i32.const 1024) (i32.const 2) (i32.const 2048))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'a text of 4 GiB',
    guest: body('(call $log-write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 2048))'),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'a text that ends beyond the last address',
    guest: body('(call $log-write (i32.const 1) (i32.const -2) (i32.const 4) (i32.const 2048))'),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'an answer to be written outside memory',
    guest: body('(call $log-write (i32.const 1) (i32.const 1024) (i32.const 0) (i32.const -16))'),
    ends: TRAP,
    calls: 1,
  },
  {
    name: 'a list of 2^28 + 1 headers',
    guest: body(
      '(call $http-send (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 131072) (i32.const 268435457) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1024))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'a list of headers that is not aligned',
    guest: body(
      '(call $http-send (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 131073) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1024))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'an option that is neither',
    guest: body(
      '(call $http-send (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1024))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'a repetition that does not exist',
    guest: body(
      '(call $http-send (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 9) (i32.const 1024))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'a body that ends behind the end of memory',
    guest: body(
      '(call $http-send (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1048572) (i32.const 8) (i32.const 0) (i32.const 1024))',
    ),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'an answer to be written where none may be',
    guest: body('(call $clock-now (i32.const 2049))'),
    answer: () => ({ ok: true, value: 5 }),
    ends: TRAP,
  },
];
