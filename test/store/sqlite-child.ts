/**
 * A process that has a node's database open: `node sqlite-child.ts <database> <command>`. Prints one line for each thing that it has
 * done, so that the test can go on, or kill it, right behind that.
 */
import { SojournError } from '../../host/errors.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import { idOf } from './contract.ts';

const [path = '', command = ''] = process.argv.slice(2);
const OBJECTS = 16;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Without an end: a megabyte at a time, told as it goes. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (let i = 1; ; i++) {
    yield new Uint8Array(1024 * 1024).fill(i);
    say(`gave ${i}`);
  }
}

try {
  const store = await createSqliteStore(path);
  say('open');
  if (command === 'hold') await new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
  if (command === 'create-endlessly') await store.create(idOf('endless'), endless());
  if (command === 'append-forever') {
    const names = Array.from({ length: OBJECTS }, (_, i) => idOf(`object ${i}`));
    for (const name of names) if ((await store.find(name)) === null) await store.create(name, new Uint8Array(0));
    const files = await Promise.all(names.map((name) => store.open(name)));
    for (let round = (files[0]?.length ?? 0) / 1000; ; round++) {
      await Promise.all(files.map((file) => file.append(new Uint8Array(1000).fill(round % 256), true)));
      say(`round ${round}`);
    }
  }
  await store.close();
  say('closed');
} catch (error) {
  say(error instanceof SojournError ? `error ${error.code} ${error.message}` : String(error));
}
