/**
 * A payment whose account number is for the node that pays and for an auditor: the number comes by a confidential signal, policy has the
 * payment stored closed, everybody verifies, the auditor replays, and a copy without it still holds. All by the command line.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDesk, expectDone, ROOT } from '../../cli/run-cli.ts';
import type { Desk } from '../../cli/run-cli.ts';
import { startEffectServer } from '../../node/effect-server.ts';
import type { EffectServer } from '../../node/effect-server.ts';

const PATIENT = { timeout: 300_000 };
const ACCOUNT = 'DE02 1203 0000 0000 2020 51';
let desk: Desk;
let bank: EffectServer;

beforeAll(async () => {
  [desk, bank] = await Promise.all([createDesk(), startEffectServer()]);
  bank.answer('/payroll/pay', (_, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ reference: 'R-17', to: ACCOUNT }));
  });
  const { json: auditor } = await desk.json('keygen', '--reader', '-o', 'auditor.pem');
  const { json: payer } = await desk.json('keygen', '-o', 'payer.pem');
  mkdirSync(desk.path('payroll'));
  desk.write('payroll/set.json', '{ "name": "payroll" }');
  desk.write('payroll/readers.json', JSON.stringify({ auditor: auditor.readerKey, payer: payer.readerKey }));
  desk.write(
    'payroll/main.cedar',
    'permit(principal, action, resource);\n@id("pay") @confidential("auditor payer") permit(principal, action == Action::"execution", resource);\n',
  );
  await expectDone(
    desk.run('build', join(ROOT, 'test', 'cases', 'confidential', 'handlers', 'payroll.ts'), '-o', 'payroll.wasm'),
  );
  desk.write('context.json', JSON.stringify({ capabilities: ['*'] }));
  desk.write('intent.json', JSON.stringify({ kind: 'payroll', goal: 'Pay', input: { bank: bank.url, cents: 1200 } }));
}, PATIENT.timeout);

afterAll(async () => {
  desk.close();
  await bank.close();
});

const payment = 'payment.sojourn';
const run = (key: string) => desk.run('run', payment, '--policy', 'payroll', '--key', key);

test('an account number reaches the bank and the auditor, and nobody else', PATIENT, async () => {
  const files = ['--handler', 'payroll.wasm', '--intent', 'intent.json', '--context', 'context.json', '--embed'];
  await expectDone(desk.run('new', ...files, '--key', 'a.pem', '-o', payment));
  await expectDone(run('payer.pem'));
  const to = ['--to', 'payer', '--to', 'auditor', '--policy', 'payroll'];
  await expectDone(desk.run('signal', payment, 'account', JSON.stringify(ACCOUNT), '--key', 'b.pem', ...to));
  expect((await expectDone(run('payer.pem'))).stdout).toContain('R-17');

  expect(bank.ledger('payroll').seen.map(({ body }) => JSON.parse(body))).toEqual([{ to: ACCOUNT, cents: 1200 }]);
  expect(readFileSync(desk.path(payment)).includes(ACCOUNT)).toBe(false);

  const before = readFileSync(desk.path(payment));
  const { code, stderr } = await run('a.pem');
  expect([code, stderr]).toEqual([4, expect.stringMatching(/closed to it.*readable to/)]);
  expect(readFileSync(desk.path(payment))).toEqual(before);

  const { json: open } = await desk.json('verify', payment);
  expect(open).toMatchObject({ ok: true, signed: true, confidential: { opened: 0 } });
  expect(Object.keys(open.confidential.readers)).toHaveLength(3);
  const { json: audited } = await desk.json('verify', payment, '--key', 'auditor.pem', '--replay');
  expect(audited).toMatchObject({ ok: true, confidential: { bodies: 5, opened: 5, closedAt: null } });
  expect(audited.replay.map(({ kind }: { kind: string }) => kind)).toContain('same');
  expect((await expectDone(desk.run('show', payment, '--key', 'auditor.pem'))).stdout).toContain(ACCOUNT);
  expect((await expectDone(desk.run('show', payment))).stdout).not.toContain(ACCOUNT);

  const { json: shown } = await desk.json('show', payment);
  const closed = shown.entries.filter(({ kind }: { kind: string }) => kind === 'confidential');
  const entries = closed.flatMap(({ seq }: { seq: number }) => ['--entry', String(seq)]);
  await expectDone(desk.run('redact', payment, ...entries, '-o', 'public.sojourn'));
  const { json: copy } = await desk.json('verify', 'public.sojourn');
  expect(copy).toMatchObject({ ok: true, head: open.head, confidential: { bodies: 5, redacted: 5, readers: {} } });
  expect((await expectDone(desk.run('show', 'public.sojourn', '--key', 'auditor.pem'))).stdout).not.toContain(ACCOUNT);
  expect(readFileSync(desk.path(payment))).toEqual(before);
});
