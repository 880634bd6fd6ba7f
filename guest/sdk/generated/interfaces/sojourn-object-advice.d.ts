/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/advice@0.2.0' {
  /**
   * Asks one of the node's advisors. Policy decides on each question.
   * Errors: `denied`, `limit` (too many calls, too many bytes either way), `invalid` (the question breaks the rules above),
   * `not-found` (this node has no advisor of that name), `schema` (an answer that breaks the schema which it has to keep),
   * `timeout`, `unavailable` (also: an answer that cannot be used), `unknown`.
   */
  export function ask(question: Question): Answer;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export type Json = import('sojourn:object/types@0.2.0').Json;
  /**
   * # Variants
   *
   * ## `"user"`
   *
   * ## `"assistant"`
   *
   * ## `"tool"`
   */
  export type Role = 'user' | 'assistant' | 'tool';
  export interface ToolDescription {
    /**
     * 1 to 64 characters of A-Z, a-z, 0-9, `_`, `-`.
     */
    name: string,
    description: string,
    /**
     * JSON schema of the arguments.
     */
    parameters: Json,
  }
  export interface RequestedCall {
    id: string,
    name: string,
    /**
     * A JSON object that keeps the parameters' schema.
     */
    arguments: Json,
  }
  export interface Message {
    role: Role,
    content: string,
    /**
     * For `tool`: the id of the requested call that this is the result of.
     */
    toolCall?: string,
    /**
     * For `assistant`: the calls that it requested with this message.
     */
    requested: Array<RequestedCall>,
  }
  export interface Question {
    /**
     * The node's name for whom to ask: 1 to 32 characters of a-z, 0-9, `-`.
     */
    advisor: string,
    /**
     * Instructions that stand before everything else.
     */
    system: string,
    messages: Array<Message>,
    /**
     * What the advisor may ask to be called. Nothing is called by it.
     */
    tools: Array<ToolDescription>,
    /**
     * JSON schema that a structured answer must keep.
     */
    schema?: Json,
    maxTokens: number,
  }
  export type Content = ContentText | ContentStructured | ContentToolCalls;
  export interface ContentText {
    tag: 'text',
    val: string,
  }
  /**
   * Checked against the question's schema.
   */
  export interface ContentStructured {
    tag: 'structured',
    val: Json,
  }
  export interface ContentToolCalls {
    tag: 'tool-calls',
    val: Array<RequestedCall>,
  }
  export interface Answer {
    /**
     * `advice:`, the advisor's name, and what answered, for example `advice:local/a-model`.
     */
    source: string,
    /**
     * 0.0 to 1.0, as the advisor says. Recorded, and never a reason to allow anything.
     */
    confidence: number,
    content: Content,
    /**
     * SHA-256 of the question as it was asked, 64 hexadecimal digits.
     */
    prompt: string,
    /**
     * Position of the `proposal` entry that holds the answer.
     */
    seq: bigint,
  }
}
