/**
 * The export of the world `handler`, made from a handler module. Every error of the handler is caught here and told through the
 * contract, because the engines lose texts and positions of what passes them by.
 */
import type { Proposal, Situation } from 'sojourn:object/situation@0.2.0';
import type { Handler } from './define.ts';
import { encodeProposal } from './encode.ts';
import type { Platform } from './platform/install.ts';
import { readTask } from './read-task.ts';
import { describeFailure } from './stack.ts';

/** Throws a TypeError at build time where the module's default export was not made with `defineHandler`. */
export function createHandle(handler: Handler<unknown>, platform: Platform): (situation: Situation) => Proposal {
  if (handler?.tag !== 'sojourn:handler') {
    throw new TypeError('handler module: expected a default export made with defineHandler, found something else');
  }
  return (situation) => {
    platform.begin(Number(situation.now));
    try {
      const task = readTask<unknown>(situation);
      return encodeProposal(handler.run(task), task);
    } catch (error) {
      throw new HandlerFailure(describeFailure(error));
    } finally {
      platform.end();
    }
  };
}

/** Both engines take the contract's error from `payload`. */
class HandlerFailure extends Error {
  readonly payload: { readonly message: string; readonly stack: string };

  constructor(payload: { readonly message: string; readonly stack: string }) {
    super(payload.message);
    this.payload = payload;
  }
}
