/**
 * A real HTTP server on the loopback in the place of one that speaks `POST /v1/chat/completions`. What it answers is the test's to say, down
 * to the single byte and its time.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** What JSON.parse gives of the body. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export type Reply = (response: ServerResponse, asked: Asked) => void;

export interface CompletionServer {
  /** The base URL: `http://127.0.0.1:<port>/v1`. */
  readonly url: string;
  readonly asked: Asked[];
  /** How the requests are answered from now on. */
  reply(reply: Reply): void;
  close(): Promise<void>;
}

export async function startCompletionServer(): Promise<CompletionServer> {
  const asked: Asked[] = [];
  let reply: Reply = (response) => void response.writeHead(404).end();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const note: Asked = { method, path, headers, body: JSON.parse(Buffer.concat(pieces).toString() || 'null') };
      asked.push(note);
      reply(response, note);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    reply: (next) => void (reply = next),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A whole answer of the shape that such servers give, around one message. */
export function completion(message: object, choice: object = {}): object {
  return {
    id: 'chatcmpl-9f2c',
    object: 'chat.completion',
    created: 1_767_225_600,
    model: 'another-name-than-asked',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, refusal: null, annotations: [], ...message },
        logprobs: null,
        finish_reason: 'stop',
        // beyond 2^53, as some servers give it
        seed: 1,
        ...choice,
      },
    ],
    usage: { prompt_tokens: 61, completion_tokens: 17, total_tokens: 78 },
    system_fingerprint: 'fp_44709d6fcb',
  };
}

export function toolCall(name: string, given: unknown, id = 'call_abc123'): object {
  return {
    id,
    type: 'function',
    function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
  };
}

/** Answers with this body, as JSON or as the text that it is. */
export function say(body: object | string, status = 200, headers: { readonly [name: string]: string } = {}): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (response) => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}
