/** A client without manners: bytes on a socket, and what comes back until the server closes or has said enough. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawAnswer {
  readonly text: string;
  /** Status codes of the answers, in order. */
  readonly statuses: readonly number[];
  /** The server ended the connection. */
  readonly closed: boolean;
}

export interface RawOptions {
  /** So many answers are enough; the client then goes. Default: it waits for the server to close. */
  readonly answers?: number;
  /** Sent once the first answer has come. */
  readonly more?: string;
  /** Goes right after sending, in good order or by a reset. */
  readonly leave?: 'end' | 'reset';
}

/** Never rejects: what happens to such a connection is the server's to say. */
export function sendRaw(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  options: RawOptions = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    let { more } = options;
    const socket: Socket = connect(port, '127.0.0.1');
    const statuses = () => Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
    const done = (closed: boolean): void => {
      socket.destroy();
      resolve({ text, statuses: statuses(), closed });
    };
    socket.on('error', () => done(true));
    socket.on('close', () => done(true));
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
      if (more !== undefined && statuses().length > 0) {
        socket.write(more);
        more = undefined;
      }
      if (options.answers !== undefined && statuses().filter((status) => status >= 200).length >= options.answers)
        done(false);
    });
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece);
      if (options.leave === 'end') socket.end();
      if (options.leave === 'reset') socket.resetAndDestroy();
    });
  });
}

/** One request as text; the body goes as it is given, whatever the headers say of it. */
export function rawRequest(method: string, target: string, headers: readonly string[] = [], body = ''): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: node.test', ...headers, '', body].join('\r\n');
}

/** A connection that sends nothing. */
export function openIdle(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}
