/** What JavaScript in an engine can do: one guest, told what to do. */
import { bound } from '../case.ts';
import type { Case } from '../case.ts';

/** All run in the guest of hostile.js. */
export const SCRIPTS: readonly Omit<Case, 'guest'>[] = [
  { name: 'an endless loop in JavaScript', way: 'spin', limits: { fuel: 100_000_000 }, ends: bound('fuel') },
  { name: 'recursion without an end in JavaScript', way: 'recurse', ends: bound('callDepth') },
  {
    name: 'recursion deeper than the native stack',
    way: 'recurse',
    limits: { callDepth: 500_000 },
    ends: bound('host'),
  },
  { name: 'allocation without an end', way: 'allocate', limits: { memoryPages: 256 }, ends: bound('memoryPages') },
  { name: 'calls without an end', way: 'flood-calls', limits: { calls: 16 }, ends: bound('calls'), calls: 16 },
  {
    name: 'calls without an end, failures ignored',
    way: 'flood-calls-swallowing',
    limits: { calls: 16 },
    answer: () => ({ ok: false, error: 'denied' }),
    ends: bound('calls'),
    calls: 16,
  },
  {
    name: 'bytes out without an end',
    way: 'flood-bytes-out',
    limits: { cycleBytes: 1_000_000 },
    ends: bound('cycleBytes'),
    calls: 9,
  },
  {
    name: 'bytes in without an end',
    way: 'flood-bytes-in',
    limits: { cycleBytes: 1_000_000 },
    answer: () => ({ ok: true, value: 'x'.repeat(100_000) }),
    ends: bound('cycleBytes'),
    calls: 10,
  },
  { name: 'an argument of 3 MB', way: 'giant-argument', ends: bound('callBytesOut'), calls: 0 },
  {
    name: 'arguments of 3 MB, failures ignored',
    way: 'giant-argument-swallowing',
    ends: bound('callBytesOut'),
    calls: 0,
  },
  {
    name: 'an answer of 5 MB',
    way: 'giant-answer',
    answer: () => ({ ok: true, value: 'x'.repeat(5_000_000) }),
    ends: bound('callBytesIn'),
    calls: 1,
  },
  { name: 'a hundred thousand headers', way: 'many-headers', ends: bound('callBytesOut'), calls: 0 },
  { name: 'a body of 3 MB', way: 'giant-body', ends: bound('callBytesOut'), calls: 0 },
  { name: 'a proposal of 1 MB', way: 'giant-proposal', ends: bound('proposalBytes') },
  { name: 'an error of 1 MB', way: 'giant-error', ends: bound('proposalBytes') },
  {
    name: 'an answer that never comes',
    way: 'waits-for-ever',
    limits: { deadlineMs: 250 },
    answer: () => new Promise(() => {}),
    ends: bound('deadlineMs'),
    calls: 1,
  },
  { name: 'names of prototypes in texts', way: 'pollutes-by-text', ends: { kind: 'proposal' } },
  { name: 'its own prototypes changed', way: 'pollutes-its-own-realm', ends: { kind: 'proposal' } },
];
