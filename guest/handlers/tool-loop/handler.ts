/**
 * A tool-calling loop: asks an advisor, proposes the tool call that it asks for, shows it what came of that, and asks again, until it says
 * that it is done or there is nothing left to spend. The advisor only ever advises: each call is an execution that policy decides on.
 */
import {
  advice,
  after,
  any,
  CapabilityError,
  contextChange,
  days,
  defineHandler,
  execute,
  finish,
} from 'sojourn/guest';
import { giveUp, kv, log, minutes, sleep } from 'sojourn/guest';
import type { Proposal, Task } from 'sojourn/guest';
import { beginLoop, closeCall, nextCall, notePending, readLoop, saveLoop } from './loop.ts';
import type { Loop, PendingCall } from './loop.ts';
import { outOfBudget } from './spending.ts';
import { readAssignment } from './assignment.ts';
import type { Assignment } from './assignment.ts';

/** Answers in a row that cannot be used, before it gives up. */
const UNUSABLE = 5;
/** How long to wait before asking again. */
const RETRY_MINUTES = 1;

export default defineHandler<unknown>((task) => {
  const read = readAssignment(task.input);
  if (!read.ok) return giveUp('the assignment cannot be worked on as it is', { findings: read.findings });
  const { assignment } = read;
  const loop = readLoop() ?? beginLoop(assignment);
  const { pending } = loop;
  // it was deferred, or the object slept for another reason with the call still open: policy is asked again
  if (pending !== null && task.trigger.tag === 'woken') return propose(assignment, loop, pending);
  return goOn(task, assignment, pending === null ? loop : closeCall(task, loop, pending));
});

function goOn(task: Task<unknown>, assignment: Assignment, loop: Loop): Proposal {
  const spent = outOfBudget(task);
  if (spent !== null) return stop(loop, `its budget of ${spent} is nearly used up`);
  const call = nextCall(loop);
  return call === null ? ask(task, assignment, loop) : propose(assignment, loop, call);
}

function propose(assignment: Assignment, loop: Loop, call: PendingCall): Proposal {
  const tool = assignment.tools.find(({ name }) => name === call.name);
  // what was offered was checked by the host; this is for an assignment that changed
  if (tool === undefined) return stop(loop, `there is no tool ${call.name}`);
  saveLoop(notePending(loop, call));
  const step = { step: `tool:${tool.name}`.slice(0, 64), into: `result:${call.id}` };
  const why = {
    rationale: `${call.source} asks for ${tool.name} (entry ${call.seq}).`,
    confidence: call.confidence,
  };
  if (tool.url === undefined) return execute({ ...step, tool: { name: tool.name, input: call.arguments }, ...why });
  return execute({ ...step, http: { url: tool.url, json: call.arguments }, ...why });
}

function ask(task: Task<unknown>, assignment: Assignment, loop: Loop): Proposal {
  if (loop.asked >= assignment.maxSteps) return stop(loop, `${assignment.maxSteps} questions were not enough`);
  const answer = tryAsking(assignment, loop);
  if (typeof answer === 'string') return onFailure(answer, loop);
  const { content, source, confidence, seq } = answer;
  log.info(`question ${loop.asked + 1}: ${source} gave ${content.tag} (entry ${seq})`);
  const asked: Loop = { ...loop, asked: loop.asked + 1, unusable: 0 };
  if (content.tag === 'text') return done(asked, content.text, answer);
  if (content.tag === 'structured') return done(asked, content.value, answer);
  const queue = content.calls.map((call) => ({ ...call, source, confidence, seq }));
  const said = { role: 'assistant' as const, content: '', requested: content.calls };
  return goOn(task, assignment, { ...asked, messages: [...asked.messages, said], queue });
}

/** The answer, or the code of why there is none. */
function tryAsking(assignment: Assignment, loop: Loop): advice.Answer | CapabilityError['code'] {
  const { advisor, system, tools, schema, maxTokens } = assignment;
  try {
    return advice.ask({
      advisor,
      system,
      messages: loop.messages,
      tools: tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
      ...(schema === undefined ? {} : { schema }),
      maxTokens,
    });
  } catch (error) {
    if (error instanceof CapabilityError) return error.code;
    throw error;
  }
}

/** Nobody to ask here: another node may have somebody. An answer that cannot be used: the next one may be better. */
function onFailure(code: CapabilityError['code'], loop: Loop): Proposal {
  if (code === 'not-found') {
    saveLoop(loop);
    const until = any(contextChange('capabilities'), contextChange('node'), after(days(1)));
    return sleep({ until, rationale: 'this node has nobody to ask: wait for another node, or another day' });
  }
  if (code === 'denied' || code === 'limit' || code === 'invalid')
    return stop(loop, `the question is not allowed: ${code}`);
  const unusable = loop.unusable + 1;
  if (unusable >= UNUSABLE) return stop(loop, `${UNUSABLE} answers in a row could not be used, the last one: ${code}`);
  saveLoop({ ...loop, unusable });
  return sleep({
    until: after(minutes(RETRY_MINUTES)),
    rationale: `no answer that can be used (${code}): ask again later`,
  });
}

function done(loop: Loop, answer: unknown, { source, confidence, seq }: advice.Answer): Proposal {
  kv.delete('loop');
  return finish(
    { answer, questions: loop.asked, calls: loop.calls, advice: { source, confidence, seq } },
    `${source} says that it is done (entry ${seq}).`,
  );
}

function stop(loop: Loop, reason: string): Proposal {
  kv.delete('loop');
  return giveUp(reason, { questions: loop.asked, calls: loop.calls });
}
