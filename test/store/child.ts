/**
 * A process that holds an object open: `node child.ts <file> <command>`. Prints one line for each thing that it has done, so that the
 * test can go on, or kill it, right behind that.
 */
import { SojournError } from '../../host/errors.ts';
import { createFileStore } from '../../host/store/file.ts';

const [path = '', command = '', size = '0'] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const file = await createFileStore().open(path);
  say('open');
  if (command === 'hold') await new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
  if (command === 'append-forever') {
    for (let i = 0; ; i++) {
      await file.append(new Uint8Array(1000).fill(i % 256), true);
      say(`appended ${file.length}`);
    }
  }
  if (command === 'fill') {
    const bytes = new Uint8Array(Number(size)).fill(7);
    try {
      for (;;) {
        await file.append(bytes, true);
        say(`appended ${file.length}`);
      }
    } catch (error) {
      say(`failed ${error instanceof SojournError ? error.code : String(error)} ${file.length}`);
      await file
        .append(new Uint8Array(1), true)
        .catch((refused: unknown) => say(`refused ${refused instanceof SojournError ? refused.code : ''}`));
    }
  }
  await file.close();
  say('closed');
} catch (error) {
  say(`error ${error instanceof SojournError ? error.code : String(error)}`);
}
