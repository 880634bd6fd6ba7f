/**
 * Advice from a model, or from whatever else the node's operator has added. It decides nothing: what it says is recorded as a proposal,
 * and only what the handler itself returns can lead to an action.
 */
import { ask as askAdvisor } from 'sojourn:object/advice@0.2.0';
import type { Content, Message, Question as ContractQuestion } from 'sojourn:object/advice@0.2.0';
import { callCapability } from './capability-error.ts';
import { decodeJson, encodeJson } from './json.ts';
import type { Json } from './json.ts';
import { encodeU32 } from './u64.ts';

export type ChatMessage =
  | { readonly role: 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly requested?: readonly RequestedCall[] }
  /** What came of the requested call with this id. */
  | { readonly role: 'tool'; readonly content: string; readonly toolCall: string };

export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments. */
  readonly parameters: unknown;
}

export interface Question {
  /** The node's name for whom to ask. */
  readonly advisor: string;
  /** Instructions that stand before everything else. */
  readonly system?: string;
  readonly messages: readonly ChatMessage[];
  /** What the advisor may ask to be called. Nothing is called by it. */
  readonly tools?: readonly ToolDescription[];
  /** JSON schema that a structured answer must keep. */
  readonly schema?: unknown;
  /** Default 1024. */
  readonly maxTokens?: number;
}

export interface RequestedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Json;
}

export type AnswerContent =
  | { readonly tag: 'text'; readonly text: string }
  | { readonly tag: 'structured'; readonly value: Json }
  | { readonly tag: 'tool-calls'; readonly calls: readonly RequestedCall[] };

export interface Answer {
  /** For example `advice:local/a-model`. */
  readonly source: string;
  /** 0 to 1, as the advisor says. Recorded, and never a reason to allow anything. */
  readonly confidence: number;
  readonly content: AnswerContent;
  /** SHA-256 of the question as it was asked, hexadecimal. */
  readonly prompt: string;
  /** Position of the `proposal` entry that holds the answer. */
  readonly seq: number;
}

const MAX_TOKENS = 1024;

/** Throws a CapabilityError: `denied`, `limit`, `invalid`, `not-found`, `schema`, `timeout`, `unavailable`, `unknown`. */
export function ask(question: Question): Answer {
  const record = encodeQuestion(question);
  const answer = callCapability('advice.ask', () => askAdvisor(record));
  return {
    source: answer.source,
    confidence: answer.confidence,
    content: readContent(answer.content),
    prompt: answer.prompt,
    seq: Number(answer.seq),
  };
}

function encodeQuestion({ advisor, system, messages, tools, schema, maxTokens }: Question): ContractQuestion {
  const question: ContractQuestion = {
    advisor,
    system: system ?? '',
    messages: messages.map(encodeMessage),
    tools: (tools ?? []).map(({ name, description, parameters }) => ({
      name,
      description,
      parameters: encodeJson(parameters, `parameters of tool '${name}'`),
    })),
    maxTokens: encodeU32(maxTokens ?? MAX_TOKENS, 'advice.ask maxTokens'),
  };
  return schema === undefined ? question : { ...question, schema: encodeJson(schema, 'schema') };
}

function encodeMessage(message: ChatMessage): Message {
  const { role, content } = message;
  const requested = role === 'assistant' ? (message.requested ?? []) : [];
  const encoded: Message = {
    role,
    content,
    requested: requested.map((call) => ({
      ...call,
      arguments: encodeJson(call.arguments, `arguments of call '${call.id}'`),
    })),
  };
  return role === 'tool' ? { ...encoded, toolCall: message.toolCall } : encoded;
}

function readContent(content: Content): AnswerContent {
  switch (content.tag) {
    case 'text':
      return { tag: 'text', text: content.val };
    case 'structured':
      return { tag: 'structured', value: decodeJson(content.val) };
    case 'tool-calls':
      return {
        tag: 'tool-calls',
        calls: content.val.map((call) => ({
          id: call.id,
          name: call.name,
          arguments: decodeJson(call.arguments),
        })),
      };
  }
}
