/** Waits for an account number that is not for everybody, pays to it, and ends with the bank's reference. */
import { defineHandler, execute, finish, kv, signal, signals, sleep } from 'sojourn/guest';

interface Payment {
  readonly bank: string;
  readonly cents: number;
}

export default defineHandler<Payment>(({ input }) => {
  const paid = kv.get<{ readonly reference: string }>('paid');
  if (paid !== null) return finish({ reference: paid.reference });
  const [account] = signals.read<string>({ name: 'account' });
  if (account === undefined) return sleep({ until: signal('account'), rationale: 'nobody said where to' });
  return execute({
    step: 'pay',
    http: { url: `${input.bank}/payroll/pay`, json: { to: account.payload, cents: input.cents } },
    into: 'paid',
    rationale: 'the account is known',
  });
});
