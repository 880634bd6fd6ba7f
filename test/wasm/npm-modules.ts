/**
 * Modules that other people built and published on npm, each with work of its kind, done through its own JavaScript API: by what
 * they were made with, and how. Every one gives what depends on all of its work, as text.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Loader } from './load-metered.ts';

/** Does `size` units of work. */
export type Work = (size: number) => string | Promise<string>;

export interface NpmModule {
  readonly name: string;
  /** What it is and what it was made with. */
  readonly kind: string;
  /** For a test; a benchmark does several times as much. */
  readonly size: number;
  readonly load: (loader: Loader) => Promise<Work>;
}

const require = createRequire(import.meta.url);
const readModule = (name: string): Uint8Array => new Uint8Array(readFileSync(require.resolve(name)));
const digest = (bytes: ArrayBuffer | Uint8Array): string =>
  createHash('sha256')
    .update(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes))
    .digest('hex');

/** Bytes that look like nothing, the same each time. */
function makeNoise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** Text of words that repeat, as texts do. */
function makeText(words: number): string {
  const noise = makeNoise(words);
  const vocabulary = [
    'object',
    'state',
    'rule',
    'history',
    'wakes',
    'sleeps',
    'the',
    'of',
    'and',
    '42',
    '"x"',
    '{',
    '}',
    '\n',
  ];
  return Array.from(noise, (byte) => vocabulary[byte % vocabulary.length]).join(' ');
}

interface Database {
  run(sql: string): void;
  exec(sql: string): { values: unknown[][] }[];
  export(): Uint8Array;
  close(): void;
}

async function loadSqlite(loader: Loader): Promise<Work> {
  const init = loader.require('sql.js') as (options: object) => Promise<{ Database: new () => Database }>;
  const { Database } = await init({ wasmBinary: readModule('sql.js/dist/sql-wasm.wasm') });
  return (size) => {
    const database = new Database();
    database.run(`
      CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL);
      WITH RECURSIVE n(id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM n WHERE id < ${size} - 1)
      INSERT INTO item SELECT id, 'item ' || (id * 7919 % ${size}), (id * 31 % 997) / 7.0 FROM n;
      CREATE INDEX by_name ON item (name)`);
    const found = database.exec(`
      SELECT substr(a.name, 1, 6) AS stem, count(*), round(sum(a.price * b.price), 3), group_concat(b.id % 10, '')
      FROM item a JOIN item b ON a.name = b.name WHERE a.name LIKE '%1%' GROUP BY stem ORDER BY stem`);
    const stored = digest(database.export());
    database.close();
    return `${stored} ${JSON.stringify(found)}`;
  };
}

interface Picture {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}
interface Codec<Result> {
  init: (module: WebAssembly.Module) => Promise<void>;
  default: (input: unknown) => Promise<Result>;
}

async function loadJpeg(loader: Loader): Promise<Work> {
  const encoder = (await loader.import('@jsquash/jpeg/encode.js')) as Codec<ArrayBuffer>;
  const decoder = (await loader.import('@jsquash/jpeg/decode.js')) as Codec<Picture>;
  // The decoder makes what only browsers have.
  Object.assign(globalThis, {
    ImageData: function ImageData(this: object, data: Uint8ClampedArray, width: number, height: number) {
      Object.assign(this, { data, width, height });
    },
  });
  await encoder.init(new WebAssembly.Module(readModule('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm')));
  await decoder.init(new WebAssembly.Module(readModule('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')));
  return async (size) => {
    const noise = makeNoise(size * 4);
    const data = new Uint8ClampedArray(size * size * 4);
    for (let row = 0; row < size; row++) data.set(noise.subarray(row, row + size), row * size * 4);
    const encoded = await encoder.default({ data, width: size, height: size });
    const decoded = await decoder.default(encoded);
    return `${digest(encoded)} ${decoded.width}x${decoded.height} ${digest(Uint8Array.from(decoded.data))}`;
  };
}

async function loadBrotli(loader: Loader): Promise<Work> {
  type Brotli = {
    compress: (bytes: Uint8Array, options: object) => Uint8Array;
    decompress: (bytes: Uint8Array) => Uint8Array;
  };
  const { compress, decompress } = loader.require('brotli-wasm') as Brotli;
  return (size) => {
    const packed = compress(new TextEncoder().encode(makeText(size)), { quality: 9 });
    return `${digest(packed)} ${digest(decompress(packed))}`;
  };
}

async function loadOniguruma(loader: Loader): Promise<Work> {
  interface Match {
    index: number;
    captureIndices: { start: number; end: number }[];
  }
  interface Scanner {
    findNextMatchSync: (text: string, position: number) => Match | null;
  }
  type Oniguruma = { loadWASM: (bytes: object) => Promise<void>; createOnigScanner: (patterns: string[]) => Scanner };
  const { loadWASM, createOnigScanner } = loader.require('vscode-oniguruma') as Oniguruma;
  await loadWASM({ data: readModule('vscode-oniguruma/release/onig.wasm').buffer });
  const scanner = createOnigScanner([
    '"(?:[^"\\\\]|\\\\.)*"',
    '\\b(state|rule)\\s+(?=of)',
    '(?<=the )\\w+',
    '(\\w+) \\1',
    '[{}]',
  ]);
  return (size) => {
    const text = makeText(size);
    let all = '';
    for (let position = 0; ;) {
      const match = scanner.findNextMatchSync(text, position);
      if (match === null) return digest(new TextEncoder().encode(all));
      const [whole] = match.captureIndices;
      all += `${match.index}:${whole?.start}-${whole?.end} `;
      position = Math.max(whole?.end ?? 0, position + 1);
    }
  };
}

async function loadSourceMap(loader: Loader): Promise<Work> {
  interface Consumer {
    computeColumnSpans: () => void;
    allGeneratedPositionsFor: (position: object) => object;
    originalPositionFor: (position: object) => object;
    destroy: () => void;
  }
  interface Generator {
    addMapping: (mapping: object) => void;
    toJSON: () => object;
  }
  interface SourceMap {
    SourceMapConsumer: new (map: object) => Promise<Consumer>;
    SourceMapGenerator: new (options: object) => Generator;
  }
  const { SourceMapConsumer, SourceMapGenerator } = loader.require('source-map') as SourceMap;
  const create = (size: number): object => {
    const map = new SourceMapGenerator({ file: 'out.js' });
    for (let at = 0; at < size; at++) {
      const generated = { line: 1 + (at >> 5), column: (at & 31) * 4 };
      map.addMapping({ generated, original: { line: 1 + ((at * 7) % 999), column: at % 80 }, source: `${at % 9}.ts` });
    }
    return map.toJSON();
  };
  const maps = new Map<number, object>();
  // The module is compiled when it is first used.
  (await new SourceMapConsumer(create(1))).destroy();
  return async (size) => {
    const map = maps.get(size) ?? create(size);
    maps.set(size, map);
    const consumer = await new SourceMapConsumer(map);
    consumer.computeColumnSpans();
    const all: object[] = [];
    for (let at = 0; at < size; at += 50) {
      all.push(consumer.originalPositionFor({ line: 1 + (at >> 5), column: (at & 31) * 4 + 1 }));
      all.push(consumer.allGeneratedPositionsFor({ source: `${at % 9}.ts`, line: 1 + ((at * 7) % 999) }));
    }
    consumer.destroy();
    return digest(new TextEncoder().encode(JSON.stringify(all)));
  };
}

async function loadSha256(loader: Loader): Promise<Work> {
  type Sha256 = {
    digest: (bytes: Uint8Array) => Uint8Array;
    simdEnabled: boolean;
    batchHash4UintArray64s: (inputs: Uint8Array[]) => Uint8Array[];
  };
  const { digest: hash, simdEnabled, batchHash4UintArray64s } = (await loader.import('@chainsafe/as-sha256')) as Sha256;
  if (!simdEnabled) throw new Error('expected the build with 128-bit instructions');
  return (size) => {
    const noise = makeNoise(1 << 14);
    const four = [0, 1, 2, 3].map((part) => noise.subarray(part * 64, part * 64 + 64));
    for (let round = 0; round < size; round++) {
      noise.set(hash(noise), 0);
      for (const [part, bytes] of batchHash4UintArray64s(four).entries()) noise.set(bytes, part * 64 + 32);
    }
    return Buffer.from(hash(noise)).toString('hex');
  };
}

const LUA = `
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local words, failed = {}, 0
for i = 1, size do
  local word = string.format("%05d", (i * 7919) % 99991)
  words[#words + 1] = word:reverse() .. (i % 3 == 0 and word:rep(2) or "")
  if not pcall(function() if i % 100 == 0 then error("hundredth") end end) then failed = failed + 1 end
end
table.sort(words)
local count = {}
for _, word in ipairs(words) do local k = word:sub(1, 1); count[k] = (count[k] or 0) + #word end
local keys = {}
for k, v in pairs(count) do keys[#keys + 1] = k .. "=" .. v end
table.sort(keys)
return table.concat(keys, ",") .. " " .. failed .. " " .. fib(15) .. " " .. words[size // 2]`;

async function loadLua(loader: Loader): Promise<Work> {
  interface Engine {
    doStringSync: (code: string) => unknown;
    global: { set: (name: string, value: unknown) => void };
  }
  type Lua = { LuaFactory: new (uri: string) => { createEngine: () => Promise<Engine> } };
  const { LuaFactory } = loader.require('wasmoon') as Lua;
  const engine = await new LuaFactory(require.resolve('wasmoon/dist/glue.wasm')).createEngine();
  return (size) => {
    engine.global.set('size', size);
    return String(engine.doStringSync(LUA));
  };
}

async function loadHashes(loader: Loader): Promise<Work> {
  interface Hasher {
    init: () => Hasher;
    update: (bytes: Uint8Array) => Hasher;
    digest: () => string;
  }
  const hashes = loader.require('hash-wasm') as Record<
    'createBLAKE3' | 'createSHA3' | 'createXXHash64',
    () => Promise<Hasher>
  >;
  const hashers = [await hashes.createBLAKE3(), await hashes.createSHA3(), await hashes.createXXHash64()];
  return (size) => {
    const bytes = makeNoise(4096);
    return hashers
      .map((hasher) => {
        hasher.init();
        for (let round = 0; round < size; round++) hasher.update(bytes);
        return hasher.digest();
      })
      .join(' ');
  };
}

export const NPM_MODULES: readonly NpmModule[] = [
  { name: 'sql.js', kind: 'SQLite: C, Emscripten', size: 400, load: loadSqlite },
  { name: '@jsquash/jpeg', kind: 'MozJPEG: C and C++, Emscripten', size: 64, load: loadJpeg },
  { name: 'brotli-wasm', kind: 'Brotli: Rust, wasm-bindgen', size: 4000, load: loadBrotli },
  { name: 'vscode-oniguruma', kind: 'regular expressions: C, Emscripten', size: 2000, load: loadOniguruma },
  { name: 'source-map', kind: 'source maps: Rust', size: 500, load: loadSourceMap },
  { name: '@chainsafe/as-sha256', kind: 'SHA-256: AssemblyScript, 128-bit', size: 20, load: loadSha256 },
  { name: 'wasmoon', kind: 'Lua: C, Emscripten, setjmp', size: 500, load: loadLua },
  { name: 'hash-wasm', kind: 'BLAKE3, SHA-3, xxHash: C, clang', size: 20, load: loadHashes },
];
