/**
 * What every command has in common: `--json`, `--help` with examples, and an action that gets the terminal and says how it ended.
 */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { isUrl } from './node-url.ts';
import type { ProcessLike, Terminal } from './terminal.ts';

export interface Session {
  readonly terminal: Terminal;
  readonly process: ProcessLike;
  /** Set by an action; 0 where it says nothing. */
  exitCode: number;
}

export interface CommandText {
  readonly summary: string;
  /** What there is to know before the options: in whole sentences. */
  readonly description: string;
  /** Command lines without the leading `sojourn`. */
  readonly examples: readonly string[];
  /** Long flags of options that must be given, for example `--policy`. */
  readonly required?: readonly string[];
  /** The same where the object is a file, and no address at a node. */
  readonly requiredForFiles?: readonly string[];
}

/** Adds a command. Its arguments and options are for the caller to declare. */
export function addCommand(parent: Command, nameAndArguments: string, text: CommandText): Command {
  const examples = text.examples.map((example) => `  $ npx sojourn ${example}`).join('\n');
  const command = parent.command(nameAndArguments);
  command.hook('preAction', () => {
    const forFiles = isUrl(command.args[0] ?? '') ? [] : (text.requiredForFiles ?? []);
    checkOptions(command, [...(text.required ?? []), ...forFiles]);
  });
  return command
    .summary(text.summary)
    .description(text.description)
    .option('--json', 'print one JSON document, for programs')
    .addHelpText('after', `\nExamples:\n${examples}`);
}

/**
 * Commander's own check for options that must be given comes before that for unknown ones, and would hide a misspelt one; and it takes
 * an option for the value of the one before.
 */
function checkOptions(command: Command, required: readonly string[]): void {
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.some((text) => typeof text === 'string' && text.startsWith('--'))) {
      command.error(`option '${option.flags}' argument missing`);
    }
    if (value === undefined && required.includes(option.long ?? '')) {
      command.error(`required option '${option.flags}' not given`);
    }
  }
}

/** For options that may stand several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** For options with a whole number above zero. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}

/** For options with a position in the object. */
export function parseSeq(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}
