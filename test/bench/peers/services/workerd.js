/** workerd's side: a Durable Object that puts a value and waits until it is on the disk, once or ten times, or sets an alarm in an hour. */
import { DurableObject } from 'cloudflare:workers';

export class Peer extends DurableObject {
  async fetch(request) {
    const [, , name] = new URL(request.url).pathname.split('/');
    const { storage } = this.ctx;
    let { value } = await request.json();
    // a value that stands there already would not be written
    this.steps ??= (await storage.get('step 0')) ?? 0;
    for (let i = 0; i < (name === 'ten' ? 10 : 1); i++) {
      value++;
      await storage.put(`step ${i}`, ++this.steps);
      await storage.sync();
    }
    if (name === 'sleep') {
      await storage.setAlarm(Date.now() + 3_600_000);
      await storage.sync();
    }
    return Response.json({ value });
  }

  async alarm() {}
}

export default {
  async fetch(request, { peers }) {
    const [, key] = new URL(request.url).pathname.split('/');
    return peers.get(peers.idFromName(key)).fetch(request);
  },
};
