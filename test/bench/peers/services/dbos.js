/** DBOS's side: workflows of one step, of ten, and of one step and a sleep of an hour, behind Node's own HTTP server. */
import { createServer } from 'node:http';
import { DBOS } from '@dbos-inc/dbos-sdk';

const [port, systemDatabaseUrl] = process.argv.slice(2);

async function takeStep(value) {
  return value + 1;
}

const workflows = {
  one: DBOS.registerWorkflow(
    async ({ value }) => ({ value: await DBOS.runStep(() => takeStep(value), { name: 'step' }) }),
    { name: 'one' },
  ),
  ten: DBOS.registerWorkflow(
    async ({ value }) => {
      let now = value;
      for (let i = 0; i < 10; i++) {
        const before = now;
        now = await DBOS.runStep(() => takeStep(before), { name: `step ${i}` });
      }
      return { value: now };
    },
    { name: 'ten' },
  ),
  sleep: DBOS.registerWorkflow(
    async ({ value }) => {
      await DBOS.runStep(() => takeStep(value), { name: 'step' });
      await DBOS.sleep(3_600_000);
    },
    { name: 'sleep' },
  ),
};

/** `/<key>/<name>`, each a workflow of its own; a sleep is answered once its workflow is recorded. */
async function answer(url, input) {
  const [, , name] = url.split('/');
  const handle = await DBOS.startWorkflow(workflows[name])(input);
  return name === 'sleep' ? {} : handle.getResult();
}

DBOS.setConfig({
  name: 'peers',
  systemDatabaseUrl,
  systemDatabasePoolSize: 20,
  applicationVersion: '1',
  logLevel: 'error',
});
await DBOS.launch();
createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    answer(request.url, JSON.parse(Buffer.concat(pieces).toString())).then(
      (value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
}).listen(Number(port), '127.0.0.1');
