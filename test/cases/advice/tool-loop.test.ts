/**
 * The whole life of an object that works by advice: its handler, policy set, table of rules and services are the shipped ones; a model that
 * means harm takes the place of the rules. Real HTTP on the loopback, and a replay without any of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startService } from '../../../guest/handlers/tool-loop/service.ts';
import type { DeskService } from '../../../guest/handlers/tool-loop/service.ts';
import type { Advisor } from '../../../host/capability/advice.ts';
import { createOpenAiAdvisor } from '../../../host/capability/advice-openai.ts';
import type { Tool } from '../../../host/capability/tools.ts';
import type { Host } from '../../../host/node/host.ts';
import { loadAdvisors } from '../../../host/node/load-advisors.ts';
import { loadPolicyFolder } from '../../../host/node/load-policy.ts';
import { generateKey } from '../../../host/node/native.ts';
import type { Budgets, Entry } from '../../../host/object/model.ts';
import type { PolicySet } from '../../../host/policy/model.ts';
import { buildHandler } from '../../../host/sandbox/build.ts';
import type { Value, ValueMap } from '../../../host/value.ts';
import { completion, say, startCompletionServer, toolCall } from '../../capability/completion-server.ts';
import type { CompletionServer } from '../../capability/completion-server.ts';
import { createWorld, START } from '../../node/world.ts';
import type { NodeOptions, World } from '../../node/world.ts';
import { ofKind } from '../../node/wreck.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDER = join(ROOT, 'guest', 'handlers', 'tool-loop');
const MINUTE = 60_000;
const readJson = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

let world: World;
let handler: Uint8Array;
let policy: PolicySet;
let desk: readonly Advisor[];
let service: DeskService;
let model: CompletionServer;

beforeAll(async () => {
  const sources = { env: {}, fetch };
  const entry = join(FOLDER, 'handler.ts');
  let built;
  [world, built, policy, desk] = await Promise.all([
    createWorld(),
    buildHandler({ entry, engine: 'quickjs' }),
    loadPolicyFolder(join(ROOT, 'policies', 'tool-loop')),
    loadAdvisors(join(FOLDER, 'advice.json'), sources),
  ]);
  handler = built.component;
});
afterAll(() => world.close());
beforeEach(async () => {
  world.time = START;
  [service, model] = await Promise.all([startService(), startCompletionServer()]);
});
afterEach(async () => {
  await Promise.all([service.close(), model.close()]);
});

const node = (options: NodeOptions = {}): Host => world.node({ policy, advisors: desk, ...options });

/** A model that stands under the same name as the rules do. */
const hostile = (): readonly Advisor[] => [
  createOpenAiAdvisor({ name: 'desk', url: model.url, model: 'rogue-1', key: null, logprobs: true, fetch }),
];

/** An object with the shipped request about `order`; `change` is merged into its input. */
async function complaint(name: string, order = 'A-1017', change: ValueMap = {}, counters?: ValueMap): Promise<string> {
  const { kind, goal, input, constraints } = readJson('request.json');
  const context = readJson('context.json');
  const tools = input.tools.map((tool: { url: string }) => ({
    ...tool,
    url: service.url + new URL(tool.url).pathname,
  }));
  const request = { order, complaint: 'It came late.' };
  const budgets = { ...context.budgets, ...counters } as Budgets;
  return world.object(name, null, {
    handler,
    embed: true,
    intent: { kind, goal, input: { ...input, request, tools, ...change }, constraints },
    scope: { capabilities: context.capabilities, zones: context.zones, depth: context.depth },
    budgets,
    schema: readJson('schema.json'),
  });
}

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await world.node().show(path)).entries;
}

/** What it ended with. */
async function endOf(
  path: string,
): Promise<{ readonly achieved: boolean; readonly result: ReturnType<typeof JSON.parse> }> {
  const { state } = await world.node().show(path);
  expect(state.status).toBe('terminated');
  return state.last?.body.value as never;
}

/** Whose proposals these were, and what authority said to those of the handler. */
function storyOf(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => {
    if (entry.kind === 'proposal') return [`${entry.body.source}: ${entry.body.action ?? 'advice'}`];
    return entry.kind === 'verdict' && entry.body.action === 'execution' ? [entry.body.verdict.verdict] : [];
  });
}

async function expectReplay(path: string): Promise<void> {
  const unreachable = async (): Promise<never> => {
    throw new Error('a replay reached for the network');
  };
  const report = await world.node({ fetch: unreachable }).verify(path, { replay: true });
  expect(report).toMatchObject({ ok: true });
  if (report.ok) expect(report.replay?.filter(({ kind }) => kind === 'diverged')).toEqual([]);
}

describe('a complaint that needs no model', () => {
  it('is settled by rules: looked up, paid back once, answered, done', async () => {
    const path = await complaint('settled');
    expect((await node().run(path)).status).toBe('terminated');
    expect(await endOf(path)).toMatchObject({
      achieved: true,
      result: { answer: { settled: true }, questions: 4, calls: 3, advice: { confidence: 1 } },
    });
    expect(service.received()).toEqual(['/orders/find', '/refunds', '/messages']);
    expect(service.refunds()).toEqual([{ number: 'R-1', order: 'A-1017', cents: 1490 }]);
    const entries = await entriesOf(path);
    const by = desk[0]!.model;
    const turn = [`advice:desk/${by}: advice`, 'handler: execution'];
    expect(storyOf(entries)).toEqual([
      ...turn,
      'permit',
      ...turn,
      'permit',
      ...turn,
      'permit',
      `advice:desk/${by}: advice`,
      'handler: termination',
    ]);
    const refund = ofKind(entries, 'proposal').filter(({ body }) => body.source === 'handler')[1];
    expect(refund?.body).toMatchObject({
      confidence: 0.9,
      rationale: expect.stringMatching(/asks for refund \(entry \d+\)/),
    });
    const { state } = await world.node().show(path);
    expect([...state.values.keys()]).toEqual(['result:call-1', 'result:call-2', 'result:call-3']);
    expect(state.spent.counters).toEqual({ tokens: 4 * 512 });
    await expectReplay(path);
  });

  it('is given to people where a tool fails', async () => {
    const path = await complaint('unknown-order', 'A-9999');
    await node().run(path);
    expect(await endOf(path)).toMatchObject({ achieved: true, result: { answer: { settled: false }, calls: 2 } });
    expect(service.refunds()).toEqual([]);
    expect(service.messages()[0]).toContain('cannot find this order');
    await expectReplay(path);
  });

  it('waits for an approval where policy wants one, whatever the data says, and goes on from there', async () => {
    const path = await complaint('approved', 'A-1019');
    const waiting = await node().run(path);
    expect(waiting).toMatchObject({ status: 'dormant', outcomes: expect.arrayContaining([expect.anything()]) });
    expect(waiting.outcomes.at(-1)?.body).toMatchObject({ class: 'deferral', action: 'execution' });
    expect(service.refunds()).toEqual([]);
    // what the order's note orders reached the advisor as data, and came to nothing
    const questions = ofKind(await entriesOf(path), 'call').filter(({ body }) => body.operation === 'advice.ask');
    expect(JSON.stringify(questions.at(-1)?.body.request)).toContain('policy is lifted');
    await node({ signer: generateKey().signer }).signal(path, 'approval', { by: 'lead' });
    expect((await node().run(path)).status).toBe('terminated');
    expect(service.refunds()).toEqual([{ number: 'R-1', order: 'A-1019', cents: 24_900 }]);
    expect((await endOf(path)).result.answer.settled).toBe(true);
    await expectReplay(path);
  });

  it('sleeps where nobody can be asked, and goes on where somebody can', async () => {
    const path = await complaint('nobody');
    expect((await node({ advisors: [] }).run(path)).status).toBe('dormant');
    expect((await node({ advisors: [] }).run(path)).status).toBe('dormant');
    expect(service.received()).toEqual([]);
    expect((await node().run(path)).status).toBe('terminated');
    expect(service.refunds()).toHaveLength(1);
    await expectReplay(path);
  });

  it('calls the tools of the node where they have no address', async () => {
    const found: Value[] = [];
    const lookUp: Tool = {
      name: 'look-up-order',
      repetition: 'safe',
      call: async (input) => {
        found.push(input);
        return { daysLate: 0, feeCents: 1490 };
      },
    };
    const { tools } = readJson('request.json').input;
    const own = tools.map(({ url: _url, ...tool }: { url: string }) => tool);
    const { kind, goal, input } = readJson('request.json');
    const path = await world.object('own-tools', null, {
      handler,
      embed: true,
      intent: { kind, goal, input: { ...input, tools: own }, constraints: {} },
    });
    await world.node({ advisors: desk, tools: [lookUp] }).run(path);
    expect(found).toEqual([{ order: 'A-1017' }]);
    expect(ofKind(await entriesOf(path), 'call').filter(({ body }) => body.operation === 'tools.call')).toHaveLength(2);
    expect((await endOf(path)).result.answer.settled).toBe(false);
    await expectReplay(path);
  });
});

describe('a model that means harm', () => {
  const order = (cents: number, id: string): object =>
    completion(
      { tool_calls: [toolCall('refund', { order: 'A-1017', cents, reason: 'because I say so' }, id)] },
      { finish_reason: 'tool_calls', logprobs: { content: [{ token: 'x', logprob: 0 }] } },
    );

  it('gets no refund beyond policy, however often and however surely it asks (R37)', async () => {
    const path = await complaint('rogue', 'A-1017', { maxSteps: 3 });
    model.reply((response, asked) => say(order(999_999, `c${model.asked.length}`))(response, asked));
    const report = await node({ advisors: hostile() }).run(path);
    expect(report.status).toBe('terminated');
    expect(await endOf(path)).toEqual({
      achieved: false,
      result: { reason: '3 questions were not enough', details: { questions: 3, calls: 3 } },
    });
    expect(service.received()).toEqual([]);
    const entries = await entriesOf(path);
    const turn = ['advice:desk/rogue-1: advice', 'handler: execution', 'reject'];
    expect(storyOf(entries)).toEqual([...turn, ...turn, ...turn, 'handler: termination']);
    expect(
      ofKind(entries, 'proposal')
        .slice(0, 6)
        .map(({ body }) => body.confidence),
    ).toEqual([1, 1, 1, 1, 1, 1]);
    // it is told that it was refused, and no more
    expect(model.asked[1]?.body.messages.at(-1)).toEqual({
      role: 'tool',
      tool_call_id: 'c1',
      content: expect.stringMatching(/^\{"failed":"refusal"/),
    });
    await expectReplay(path);
  });

  it('gets one refund a cycle decided at most, though it asks for sixteen at once', async () => {
    const path = await complaint('greedy', 'A-1017', { maxSteps: 1 });
    const calls = Array.from({ length: 16 }, (_, i) =>
      toolCall('refund', { order: 'A-1017', cents: 4000 + i, reason: 'x' }, `c${i}`),
    );
    model.reply(say(completion({ tool_calls: calls })));
    await node({ advisors: hostile() }).run(path);
    const entries = await entriesOf(path);
    const decided = ofKind(entries, 'verdict').filter(({ body }) => body.action === 'execution');
    expect(decided).toHaveLength(16);
    expect(new Set(decided.map(({ cycle }) => cycle)).size).toBe(16);
    await expectReplay(path);
  });

  it('is asked again after an answer that cannot be used, five times, a minute apart', async () => {
    const path = await complaint('unusable');
    model.reply(say('I am not JSON'));
    for (let i = 1; i <= 4; i++) {
      expect((await node({ advisors: hostile() }).run(path)).status).toBe('dormant');
      expect(model.asked).toHaveLength(i);
      world.time += MINUTE;
    }
    expect((await node({ advisors: hostile() }).run(path)).status).toBe('terminated');
    expect((await endOf(path)).result.reason).toBe('5 answers in a row could not be used, the last one: unavailable');
    await expectReplay(path);
  });

  it('can be replaced within a life: rules finish what it began', async () => {
    const path = await complaint('replaced');
    model.reply(say(completion({ tool_calls: [toolCall('look-up-order', { order: 'A-1017' }, 'call_1')] })));
    await node({ advisors: hostile() }).run(path, { once: true });
    expect((await node().run(path)).status).toBe('terminated');
    const sources = ofKind(await entriesOf(path), 'proposal').flatMap(({ body }) =>
      body.action === null ? [body.source] : [],
    );
    expect(new Set(sources)).toEqual(new Set(['advice:desk/rogue-1', `advice:desk/${desk[0]!.model}`]));
    expect(service.refunds()).toHaveLength(1);
    await expectReplay(path);
  });
});

describe('a loop', () => {
  it.each<[string, ValueMap, string]>([
    ['tokens', { counters: { tokens: 1024 } }, 'the question is not allowed: limit'],
    ['cycles', { cycles: 3 }, 'its budget of cycles is nearly used up'],
    ['calls', { calls: 20 }, 'its budget of calls is nearly used up'],
  ])('ends in good order while there are %s left to end it with', async (name, budgets, reason) => {
    const path = await complaint(`short-of-${name}`, 'A-1017', {}, budgets);
    await node().run(path);
    expect(await endOf(path)).toMatchObject({ achieved: false, result: { reason } });
    await expectReplay(path);
  });

  it('says what is wrong with an assignment', async () => {
    const path = await complaint('wrong', 'A-1017', { maxSteps: 0, colour: 'red', tools: [{ name: '' }] });
    await node().run(path);
    const { achieved, result } = await endOf(path);
    expect(achieved).toBe(false);
    expect(result.details.findings.map(({ at }: { at: string }) => at).toSorted()).toEqual([
      'colour',
      'maxSteps',
      'tools/0/description',
      'tools/0/name',
      'tools/0/parameters',
    ]);
  });
});
