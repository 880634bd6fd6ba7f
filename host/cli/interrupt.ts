/** Ctrl-C: the first asks for an end behind the cycle that is under way, the second ends the process. Nothing sealed is lost. */
import type { ProcessLike, Terminal } from './terminal.ts';

const INTERRUPTED = 130;

export function listenForInterrupt(
  process: ProcessLike,
  terminal: Terminal,
): { readonly signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    terminal.note('stopping behind this cycle; Ctrl-C again abandons it');
  };
  process.on('SIGINT', listener);
  return { signal: controller.signal, done: () => process.off('SIGINT', listener) };
}
