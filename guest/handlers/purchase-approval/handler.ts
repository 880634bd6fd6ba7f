/**
 * Purchase approval: checks a purchase request, asks the vendor service whether the vendor may be used, and proposes to place the
 * order. Whether an order of that size needs someone's approval is for policy to say; this handler proposes, and proposes again
 * when it is woken.
 */
import {
  CapabilityError,
  after,
  defineHandler,
  execute,
  finish,
  giveUp,
  http,
  kv,
  log,
  minutes,
  sleep,
} from 'sojourn/guest';
import type { Proposal, Task } from 'sojourn/guest';
import { formatMoney, isMoney } from './money.ts';
import type { Money } from './money.ts';
import { priceRequest } from './pricing.ts';
import type { PricedRequest } from './pricing.ts';
import { readRequest } from './request.ts';
import type { Finding, PurchaseRequest } from './request.ts';

interface Vendor {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly paymentTerms: string;
  readonly categories: readonly string[];
}

interface PlacedOrder {
  readonly number: string;
  readonly total: Money;
}

/** How long to wait for a service that cannot be reached. */
const RETRY_MINUTES = 15;

export default defineHandler<unknown>((task) => {
  const placed = kv.get<PlacedOrder>('order');
  if (placed !== null) return confirm(placed);
  const failed = readFailure(task);
  if (failed !== null) return failed;
  const read = readRequest(task.input);
  if (!read.ok) return refuse(read.findings);
  const { request } = read;
  const priced = priceRequest(request);
  const findings = [...priced.findings, ...checkConstraints(task, priced.total)];
  if (findings.length > 0) return refuse(findings);
  log.info(`${request.number}: ${priced.lines.length} lines, ${formatMoney(priced.total)}`);
  return askVendor(request, priced);
});

/** The intent may carry `maxTotal`, an amount in the order's currency. A constraint that is not understood cannot be kept. */
function checkConstraints({ intent }: Task<unknown>, total: Money): Finding[] {
  return Object.entries(intent.constraints).flatMap(([name, value]) => {
    const at = `constraints/${name}`;
    if (name !== 'maxTotal') return [{ at, problem: 'this handler does not know it' }];
    if (!isMoney(value) || value.currency !== total.currency)
      return [{ at, problem: `expected an amount in ${total.currency}` }];
    if (total.minor <= value.minor) return [];
    return [{ at, problem: `expected at most ${formatMoney(value)}, found ${formatMoney(total)}` }];
  });
}

function askVendor(request: PurchaseRequest, priced: PricedRequest): Proposal {
  const answer = fetchVendor(request);
  if (answer === null || answer.status >= 500) return waitForService('the vendor service cannot be reached');
  if (!answer.ok) return giveUp(`vendor ${request.vendor} is not known`, { status: answer.status });
  const vendor = answer.json<Vendor>();
  if (vendor.status !== 'active') return giveUp(`vendor ${vendor.id} is ${vendor.status}`);
  const outside = request.lines.filter((line) => !vendor.categories.includes(line.category));
  if (outside.length > 0) {
    return refuse(
      outside.map(({ sku, category }) => ({ at: sku, problem: `${vendor.id} may not supply ${category}` })),
    );
  }
  kv.set('check', { total: priced.total, lines: priced.lines.length, vendor: vendor.name });
  return order(request, priced, vendor);
}

function fetchVendor(request: PurchaseRequest): http.HttpResponse | null {
  try {
    return http.get(`${request.services.vendor}/vendors/${request.vendor}`);
  } catch (error) {
    if (error instanceof CapabilityError && (error.code === 'unavailable' || error.code === 'timeout')) return null;
    throw error;
  }
}

function order(request: PurchaseRequest, priced: PricedRequest, vendor: Vendor): Proposal {
  const total = formatMoney(priced.total);
  return execute({
    step: 'order',
    http: {
      url: `${request.services.orders}/orders`,
      json: {
        reference: request.number,
        vendor: vendor.id,
        paymentTerms: vendor.paymentTerms,
        costCentre: request.costCentre,
        requester: request.requester.email,
        deliverTo: request.deliverTo,
        total: priced.total,
        lines: priced.lines,
      },
    },
    into: 'order',
    rationale: `${request.number} is in order and ${vendor.name} is an active vendor: order ${priced.lines.length} lines for ${total}.`,
  });
}

/** The ordering service must have ordered what was checked. */
function confirm(placed: PlacedOrder): Proposal {
  const checked = kv.get<{ readonly total: Money }>('check');
  if (
    checked !== null &&
    (checked.total.minor !== placed.total.minor || checked.total.currency !== placed.total.currency)
  ) {
    return giveUp(`order ${placed.number} is for ${formatMoney(placed.total)}, not for ${formatMoney(checked.total)}`);
  }
  return finish({ order: placed.number, total: placed.total }, `order ${placed.number} is placed`);
}

/** What an order that did not go through means for the next step; null where there was none. */
function readFailure({ last, trigger }: Task<unknown>): Proposal | null {
  if (trigger.tag !== 'continued' || last === null || last.action !== 'execution') return null;
  if (last.reason === 'unavailable') return waitForService('the ordering service cannot be reached');
  // After a timeout nobody knows whether the order was placed: people must look, a second order would be worse.
  return giveUp('the order was not placed, or it is not known whether it was', {
    outcome: last.class,
    reason: last.reason,
  });
}

function waitForService(why: string): Proposal {
  return sleep({ until: after(minutes(RETRY_MINUTES)), rationale: `${why}; try again in ${RETRY_MINUTES} minutes` });
}

function refuse(findings: readonly Finding[]): Proposal {
  log.warn(`${findings.length} findings, the first at ${findings[0]?.at ?? ''}: ${findings[0]?.problem ?? ''}`);
  return giveUp('the request cannot be ordered as it is', { findings });
}
