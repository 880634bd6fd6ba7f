/** Waits until the node is asked to end, and ends it in good order; whoever asks twice has it end at once. */
import type { Session } from './command.ts';
import type { Server } from './start-server.ts';

/** As a shell has it: 128 and the number of the signal. */
const ENDED = { SIGINT: 130, SIGTERM: 143 } as const;
const STOPS = ['SIGINT', 'SIGTERM'] as const;

export async function stopWhenAsked(server: Server, graceMs: number, { process, terminal }: Session): Promise<void> {
  const reread = (): void => void server.rereadTokens();
  process.on('SIGHUP', reread);
  const asked = Promise.withResolvers<void>();
  let stopping = false;
  for (const signal of STOPS) {
    process.on(signal, () => {
      if (stopping) process.exit(ENDED[signal]);
      stopping = true;
      asked.resolve();
    });
  }
  await asked.promise;
  terminal.note('closing: what runs comes behind its next seal; again to end at once');
  await server.close(graceMs);
  process.off('SIGHUP', reread);
}
