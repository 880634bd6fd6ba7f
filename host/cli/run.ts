/**
 * `sojourn run`: evaluates an object until it sleeps or ends, and tells each cycle as it happens.
 */
import type { Command } from 'commander';
import type { CycleLimits } from '../limits.ts';
import type { RunReport } from '../node/run.ts';
import { runJson } from '../node/run-json.ts';
import { addCommand, collect, parseCount } from './command.ts';
import type { Session } from './command.ts';
import { listenForInterrupt } from './interrupt.ts';
import { addHeadOptions, readHeadFlags } from './heads.ts';
import type { HeadFlags } from './heads.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { isUrl } from './node-url.ts';
import { withHost } from './open-host.ts';
import { writeReceipt } from './receipt.ts';
import { EXIT, createTeller, endLines, tellStacks } from './run-lines.ts';
import { runRemote } from './run-remote.ts';

interface RunFlags extends HeadFlags, TokenFlags {
  readonly policy?: string;
  readonly key?: string;
  readonly once?: boolean;
  readonly now?: string;
  readonly zone?: string;
  readonly handlers?: readonly string[];
  readonly accept?: readonly string[];
  readonly fuel?: number;
  readonly memoryPages?: number;
  readonly deadlineMs?: number;
  readonly callMs?: number;
  readonly advice?: string;
  readonly receipt?: string;
  readonly map?: string;
}

const TEXT = {
  summary: 'run an object until it sleeps or ends',
  description:
    "Evaluates an object, cycle after cycle, until it sleeps, ends, or is not allowed to go on. In each cycle its handler proposes one action, policy decides, and what came of it is appended and sealed. A sleeping object is woken where its wake condition holds.\n\nStop it with Ctrl-C: the cycle that is under way is finished first; a second Ctrl-C abandons it, which loses nothing that is sealed.\n\nAn object at a node (its address) is run there, under that node's policy and key; what was appended is fetched, verified and told here.",
  examples: [
    'run order.sojourn --policy policies/quickstart --key node-a.pem --receipt order.receipt',
    'run order.sojourn --policy policies/quickstart --key node-a.pem --once --fuel 500000000',
    'run order.sojourn --policy policies/quickstart --key node-a.pem --head order.receipt',
    'run order.sojourn --policy policies/quickstart --key node-a.pem --now 2030-01-01T00:00:00Z --json',
  ],
  requiredForFiles: ['--policy'],
};

export function addRun(program: Command, session: Session): void {
  const command = addCommand(program, 'run', TEXT)
    .argument('<object>', 'the file, or its address at a node')
    .option('--policy <folder>', 'the policy of this node')
    .option('--key <file>', 'who this node is; without one what it adds is unsigned')
    .option('--once', 'one cycle at most')
    .option('--now <instant>', 'the time that this node goes by, for example 2026-12-24T18:00:00Z (default: its clock)')
    .option('--zone <name>', 'where this node stands')
    .option('--handlers <folder>', 'a folder with handlers that objects do not embed; may be repeated', collect)
    .option('--accept <node>', 'a node (id) whose checkpoint this one takes the word of; may be repeated', collect)
    .option('--fuel <units>', 'fuel of one cycle at most', parseCount)
    .option('--memory-pages <pages>', 'linear memory of one cycle at most, in pages of 64 KiB', parseCount)
    .option('--deadline-ms <milliseconds>', 'wall time of one cycle at most', parseCount)
    .option('--call-ms <milliseconds>', 'wall time of one capability call at most', parseCount)
    .option('--advice <file>', 'whom handlers may ask for advice (docs/advice.md; default: nobody)')
    .option('--map <file>', 'source map for the stacks of the handler (default: the one beside the component)')
    .option('--receipt <file>', 'write the receipt of the last seal');
  addTokenOption(addHeadOptions(command)).action((object: string, flags: RunFlags) =>
    isUrl(object) ? runRemote(object, flags, session) : run(object, flags, session),
  );
}

async function run(object: string, flags: RunFlags, session: Session): Promise<void> {
  const { terminal } = session;
  const head = await readHeadFlags(flags);
  await withHost({ ...flags, cycle: cycleLimits(flags) }, async (host) => {
    terminal.progress('reading and verifying the object …');
    const stop = listenForInterrupt(session.process, terminal);
    const teller = createTeller(terminal);
    let report: RunReport;
    try {
      report = await host.run(object, { ...head, once: flags.once ?? false, signal: stop.signal, onEntry: teller });
    } finally {
      stop.done();
    }
    await writeReceipt(flags.receipt, report.receipt);
    session.exitCode = EXIT[report.status];
    terminal.document({ object, node: host.node, ...runJson(report) });
    if (!terminal.json) await tellStacks(object, report, flags, terminal);
    for (const line of endLines(report, terminal)) terminal.line(line);
  });
}

function cycleLimits({ fuel, memoryPages, deadlineMs, callMs }: RunFlags): Partial<CycleLimits> {
  return {
    ...(fuel === undefined ? {} : { fuel }),
    ...(memoryPages === undefined ? {} : { memoryPages }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(callMs === undefined ? {} : { callMs }),
  };
}
