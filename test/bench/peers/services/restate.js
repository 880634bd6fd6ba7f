/** Restate's side: one virtual object, whose handlers take one step, ten steps, or one step and a sleep of an hour. */
import { createServer } from 'node:http2';
import * as restate from '@restatedev/restate-sdk';

const peer = restate.object({
  name: 'peer',
  // a sleeper is put away as soon as it sleeps
  options: { inactivityTimeout: 1 },
  handlers: {
    one: async (ctx, input) => ({ value: await ctx.run('step', () => input.value + 1) }),
    ten: async (ctx, input) => {
      let { value } = input;
      for (let i = 0; i < 10; i++) {
        const before = value;
        value = await ctx.run(`step ${i}`, () => before + 1);
      }
      return { value };
    },
    sleep: async (ctx, input) => {
      await ctx.run('step', () => input.value + 1);
      await ctx.sleep({ hours: 1 });
    },
  },
});

createServer(restate.createEndpointHandler({ services: [peer] })).listen(Number(process.argv[2]), '127.0.0.1');
