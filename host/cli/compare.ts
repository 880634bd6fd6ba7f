/**
 * `sojourn compare`: are two copies one history, is one behind the other, or where do they part? Exit code 1 where they do.
 */
import type { Command } from 'commander';
import type { Branch, CompareReport } from '../node/compare.ts';
import { addCommand } from './command.ts';
import type { Session } from './command.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { withHost } from './open-host.ts';
import { showCount, showTime } from './quantities.ts';
import { openRemote } from './remote.ts';
import { cleanLine } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

const TEXT = {
  summary: 'show whether two copies are one history, and where they part',
  description:
    'Verifies two copies of an object and reads them side by side. Says whether they are the same, one is behind the other and by how much, or they are a fork: then the first entry that is not the same is named, with what each branch has there, who wrote it and which seal covers it. Both branches stay valid evidence; which one to go on with is said with "--follow" of run and signal. Copies that left entries in archives are compared as far as they overlap.\n\nExit code 0: the same, or one is behind the other. 1: a fork, two objects, or nothing in common to tell by.',
  examples: ['compare order.sojourn order.sojourn', 'compare order.sojourn order.sojourn --json'],
};

export function addCompare(program: Command, session: Session): void {
  const command = addCommand(program, 'compare', TEXT)
    .argument('<a>', 'one copy: a file, or its address at a node')
    .argument('<b>', 'the other');
  addTokenOption(command).action((a: string, b: string, flags: TokenFlags) => compare([a, b], flags, session));
}

async function compare([a, b]: readonly [string, string], flags: TokenFlags, session: Session): Promise<void> {
  const { terminal } = session;
  await withHost({ remote: await openRemote([a, b], flags, session) }, async (host) => {
    terminal.progress('reading and verifying both …');
    const report = await host.compare(a, b);
    session.exitCode = report.relation === 'same' || report.relation === 'prefix' ? 0 : 1;
    terminal.document({ ...report, a: branchJson(report.a), b: branchJson(report.b) });
    for (const line of reportLines(report, terminal)) terminal.line(line);
  });
}

function branchJson(branch: Branch) {
  const { parted, seal, nodes, beyond } = branch;
  return {
    ...branch,
    beyond: { ...beyond },
    parted: parted === null ? null : { ...parted },
    seal: seal === null ? null : { ...seal },
    nodes: [...nodes],
  };
}

function reportLines({ relation, behind, at, a, b }: CompareReport, terminal: Terminal): readonly string[] {
  switch (relation) {
    case 'same':
      return [`${terminal.paint('good', 'the same')}: ${showCount(a.last, 'entry')} of object ${a.id}`];
    case 'prefix': {
      const [short, long] = behind === 'a' ? [a, b] : [b, a];
      return [
        `${terminal.paint('attention', 'behind')}: ${cleanLine(short.object)} lacks ${beyondText(long)} that ${cleanLine(long.object)} has`,
        ...branchLines(long),
      ];
    }
    case 'fork':
      return [
        `${terminal.paint('bad', 'fork')}: the two part at entry ${at ?? 0}; both hold, each by itself`,
        ...branchLines(a),
        ...branchLines(b),
      ];
    case 'apart':
      return [
        `${terminal.paint('bad', 'cannot be told')}: no entry stands in both, for the rest is in archives: join one with its archives and compare again`,
      ];
    case 'other':
      return [`${terminal.paint('bad', 'two objects')}: ${a.id} and ${b.id}`];
  }
}

function branchLines(branch: Branch): readonly string[] {
  const { object, parted, seal, nodes } = branch;
  if (parted === null) return [];
  const vouched =
    seal === null
      ? 'nobody vouches for it yet'
      : `entry ${seal.seq}, by node ${seal.node} at ${showTime(seal.time)}${seal.signed ? '' : ', without a signature'}`;
  return [
    cleanLine(object),
    `  there       ${parted.kind} entry ${parted.seq}, by node ${parted.node} at ${showTime(parted.time)}, byte ${parted.offset}`,
    `  sealed      ${vouched}`,
    `  goes on     ${beyondText(branch)}${nodes.length === 0 ? '' : `, by ${nodes.join(', ')}`}`,
  ];
}

function beyondText({ beyond }: Branch): string {
  return `${showCount(beyond.entries, 'entry')}, ${showCount(beyond.cycles, 'cycle')}`;
}
