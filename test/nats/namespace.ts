/** A network namespace with one link to the machine, which can be cut: needs root, or the right to make one. */
import { spawnSync } from 'node:child_process';

export interface Namespace {
  /** Runs a command in it: put before the command. */
  readonly through: readonly string[];
  /** Address of the machine, as seen from there and from here. */
  readonly host: string;
  cut(): void;
  mend(): void;
  remove(): void;
}

function ip(...words: readonly string[]): void {
  const { status, error, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${error?.message ?? stderr}`);
}

/** Or why this process can have none. */
export function makeNamespace(): Namespace | { readonly missing: string } {
  const name = `sojourn-${process.pid}`;
  const [here, there] = [`sj${process.pid % 100_000}a`, `sj${process.pid % 100_000}b`];
  const subnet = `10.231.${process.pid % 256}`;
  try {
    ip('netns', 'add', name);
  } catch (error) {
    return { missing: `no network namespace can be made (${String(error).trim()})` };
  }
  const remove = (): void => ip('netns', 'del', name);
  try {
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
    ip('addr', 'add', `${subnet}.1/30`, 'dev', here);
    ip('link', 'set', here, 'up');
    ip('-n', name, 'addr', 'add', `${subnet}.2/30`, 'dev', there);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', there, 'up');
  } catch (error) {
    remove();
    return { missing: `no link into a network namespace can be made (${String(error).trim()})` };
  }
  return {
    through: ['ip', 'netns', 'exec', name],
    host: `${subnet}.1`,
    cut: () => ip('-n', name, 'link', 'set', there, 'down'),
    mend: () => ip('-n', name, 'link', 'set', there, 'up'),
    remove,
  };
}
