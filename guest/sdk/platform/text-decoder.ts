/**
 * TextDecoder of the Encoding standard (https://encoding.spec.whatwg.org/#utf-8-decoder), UTF-8 only: `fatal`, `ignoreBOM` and
 * streaming included. Another encoding is refused with a RangeError.
 */

const LABELS = ['utf-8', 'utf8', 'unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'x-unicode20utf8'];
const CHUNK = 4096;
const REPLACEMENT = 0xfffd;

interface DecoderState {
  /** Code point so far, bytes that it still needs, and the range of the next one. */
  point: number;
  needed: number;
  lower: number;
  upper: number;
  bomSeen: boolean;
}

const fresh = (): DecoderState => ({ point: 0, needed: 0, lower: 0x80, upper: 0xbf, bomSeen: false });

export class GuestTextDecoder {
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  #state: DecoderState = fresh();

  constructor(label: unknown = 'utf-8', options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    if (!LABELS.includes(String(label).trim().toLowerCase())) {
      throw new RangeError(`TextDecoder: expected utf-8, found '${String(label)}'`);
    }
    this.fatal = Boolean(options.fatal);
    this.ignoreBOM = Boolean(options.ignoreBOM);
  }

  get encoding(): string {
    return 'utf-8';
  }

  /** Throws a TypeError where `fatal` is set and the bytes are not UTF-8. */
  decode(input?: ArrayBuffer | ArrayBufferView, options: { readonly stream?: boolean } = {}): string {
    const stream = Boolean(options.stream);
    const state = this.#state;
    if (!stream) this.#state = fresh();
    try {
      const text = decodeBytes(bytesOf(input), state, { fatal: this.fatal, ignoreBOM: this.ignoreBOM, stream });
      return text;
    } catch (error) {
      this.#state = fresh();
      throw error;
    }
  }
}

function bytesOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  throw new TypeError('TextDecoder: expected a buffer or a view of one, found something else');
}

interface DecodeOptions {
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly stream: boolean;
}

function decodeBytes(bytes: Uint8Array, state: DecoderState, options: DecodeOptions): string {
  const sink = createSink(state, options);
  for (let index = 0; index < bytes.length;) {
    const byte = bytes[index] ?? 0;
    if (state.needed === 0) {
      index += 1;
      if (byte < 0x80) sink.put(byte);
      else if (!openSequence(byte, state)) sink.fail();
    } else if (byte < state.lower || byte > state.upper) {
      // The byte that broke the sequence is looked at again, as the start of the next one.
      closeSequence(state);
      sink.fail();
    } else {
      index += 1;
      state.lower = 0x80;
      state.upper = 0xbf;
      state.point = (state.point << 6) | (byte & 0x3f);
      state.needed -= 1;
      if (state.needed === 0) sink.put(state.point);
    }
  }
  if (!options.stream && state.needed > 0) sink.fail();
  return sink.text();
}

/** False where the byte cannot begin a sequence. The ranges shut out overlong forms, surrogates and points above U+10FFFF. */
function openSequence(byte: number, state: DecoderState): boolean {
  if (byte >= 0xc2 && byte <= 0xdf) {
    state.needed = 1;
    state.point = byte & 0x1f;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    if (byte === 0xe0) state.lower = 0xa0;
    if (byte === 0xed) state.upper = 0x9f;
    state.needed = 2;
    state.point = byte & 0xf;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    if (byte === 0xf0) state.lower = 0x90;
    if (byte === 0xf4) state.upper = 0x8f;
    state.needed = 3;
    state.point = byte & 0x7;
  } else {
    return false;
  }
  return true;
}

function closeSequence(state: DecoderState): void {
  state.needed = 0;
  state.point = 0;
  state.lower = 0x80;
  state.upper = 0xbf;
}

function createSink(
  state: DecoderState,
  options: DecodeOptions,
): { put(point: number): void; fail(): void; text(): string } {
  let text = '';
  let points: number[] = [];
  const put = (point: number): void => {
    const isFirst = !state.bomSeen;
    state.bomSeen = true;
    if (isFirst && point === 0xfeff && !options.ignoreBOM) return;
    points.push(point);
    if (points.length < CHUNK) return;
    text += String.fromCodePoint(...points);
    points = [];
  };
  return {
    put,
    fail: () => {
      if (options.fatal) throw new TypeError('TextDecoder: expected UTF-8, found bytes that are not');
      put(REPLACEMENT);
    },
    text: () => text + String.fromCodePoint(...points),
  };
}
