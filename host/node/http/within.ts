/** Waiting on behalf of a caller: no longer than asked, than the node allows, or than the caller and the node are there. */
import type { Call } from './call.ts';

/**
 * What `job` comes to, or null once the time is over. It is handed both forms of that moment: a promise of null, and a signal that
 * aborts. A job that fails because of the abort came to nothing. Errors: `node.busy` where too many wait, and those of `job`.
 */
export async function within<T>(
  { parts, request }: Call,
  waitMs: number,
  job: (over: Promise<null>, abort: AbortSignal) => Promise<T | null>,
): Promise<T | null> {
  const leave = parts.waits.enter();
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(), Math.max(1, Math.min(waitMs, parts.limits.waitMs)));
  const abort = AbortSignal.any([time.signal, request.signal, parts.closing]);
  const over = new Promise<null>((resolve) => abort.addEventListener('abort', () => resolve(null), { once: true }));
  try {
    return await job(over, abort);
  } catch (error) {
    if (abort.aborted && (error === abort.reason || isAbort(error))) return null;
    throw error;
  } finally {
    clearTimeout(timer);
    leave();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
