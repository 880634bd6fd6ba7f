/**
 * `sojourn run` of an object at a node: it is run there, and what was appended is fetched, verified and told here. Where the node still
 * runs it after a while, this waits on; ending this command ends nothing there.
 */
import { SojournError } from '../errors.ts';
import { fromHex } from '../json.ts';
import type { Host } from '../node/host.ts';
import type { Client } from '../node/http/client.ts';
import type { RunReport, RunStatus } from '../node/run.ts';
import { runJson } from '../node/run-json.ts';
import type { ObjectLine } from '../node/service/node.ts';
import type { Session } from './command.ts';
import type { TokenFlags } from './node-token.ts';
import { readObjectUrl, refuseFlags } from './node-url.ts';
import { withHost } from './open-host.ts';
import { writeReceipt } from './receipt.ts';
import { openRemote } from './remote.ts';
import { EXIT, createTeller, endLines, tellStacks } from './run-lines.ts';
import type { Terminal } from './terminal.ts';

interface Flags extends TokenFlags {
  readonly once?: boolean;
  readonly map?: string;
  readonly handlers?: readonly string[];
  readonly receipt?: string;
}

const ALLOWED = ['once', 'map', 'handlers', 'receipt', 'tokenFile', 'json'];
const WAIT_MS = 30_000;

/** What the node says of its run. */
interface Told {
  readonly status: RunStatus;
  readonly message: string | null;
  readonly wakesAt: number | null;
  readonly receipt: Uint8Array | null;
}

/** Errors: `usage`, `object.*` where the bytes do not hold what the node says, and those of the node. */
export async function runRemote(object: string, flags: Flags, session: Session): Promise<void> {
  refuseFlags(flags, ALLOWED, 'run', 'it is run there, under that node’s own policy, key and limits');
  const { terminal } = session;
  const { url, node, origin, id } = readObjectUrl(object);
  const remote = await openRemote([object], flags, session);
  await withHost({ remote }, async (host) => {
    if (remote === null) throw new SojournError('internal', `${url}: expected an address`);
    const client = remote.client(node, origin);
    const before = (await client.line(id)).seq;
    terminal.progress('the node runs it …');
    const told = await evaluate(client, id, flags.once === true);
    terminal.progress('fetching and verifying …');
    const { report, node: by } = await judge(host, url, before, told, createTeller(terminal));
    await writeReceipt(flags.receipt, told.receipt);
    session.exitCode = EXIT[report.status];
    terminal.document({ object: url, node: by, ...runJson(report) });
    if (!terminal.json) await tell(url, report, flags, terminal);
  });
}

async function tell(url: string, report: RunReport, flags: Flags, terminal: Terminal): Promise<void> {
  await tellStacks(url, report, flags, terminal);
  for (const line of endLines(report, terminal)) terminal.line(line);
}

async function evaluate(client: Client, id: string, once: boolean): Promise<Told> {
  const run = await client.evaluate(id, { once, waitMs: WAIT_MS });
  if (run !== null) {
    const receipt = run.receipt === null ? null : fromHex(run.receipt);
    return { status: run.status, message: run.message, wakesAt: run.wakesAt, receipt };
  }
  for (;;) {
    const result = await client.result(id, { waitMs: WAIT_MS });
    if (result !== null) return toldOf(result.object);
  }
}

/** Of a run that took longer than anybody waits for its report. */
function toldOf({ status, reason, wakesAt }: ObjectLine): Told {
  const stopped = status === 'dormant' || status === 'terminated' ? status : reason === null ? 'paused' : 'blocked';
  return { status: stopped, message: reason, wakesAt, receipt: null };
}

/** The report from the bytes alone; of the node's word only why it stopped. */
async function judge(
  host: Host,
  url: string,
  before: number,
  told: Told,
  onEntry: ReturnType<typeof createTeller>,
): Promise<{ readonly report: RunReport; readonly node: string | null }> {
  const checked = await host.verify(url, { heads: told.receipt === null ? [] : [told.receipt] });
  if (!checked.ok)
    throw new SojournError(
      'object.chain',
      `${url}: entry ${checked.index}: ${checked.message}: what the node sent does not hold`,
    );
  const { state, entries } = await host.show(url);
  const added = entries.filter(({ seq }) => seq > before);
  for (const entry of added) onEntry(entry);
  const report: RunReport = {
    ...told,
    outcomes: added.filter((entry) => entry.kind === 'outcome'),
    attempts: added.findLast((entry) => entry.kind === 'attempts') ?? null,
    state,
  };
  return { report, node: checked.nodes.at(-1) ?? null };
}
