/**
 * Guests that try what a WASI shim may let through. Each is the body of a command (test/sandbox/wasi/commands.ts); where it can go on
 * it reports a number, which says what it was given.
 */
import { createHash } from 'node:crypto';
import type { GuestCall, GuestReply, HandlerResult } from '../../host/ports.ts';

export interface WasiCase {
  readonly name: string;
  readonly body: string;
  /** What it reports, or how it ends. */
  readonly ends: number | Partial<HandlerResult>;
  readonly says?: RegExp;
  /** Operations that were called, in order. */
  readonly calls?: readonly string[];
  readonly answer?: (call: GuestCall) => GuestReply;
}

const seeded = (): GuestReply => ({ ok: true, value: new Uint8Array(32).fill(7) });
const denied = (): GuestReply => ({ ok: false, error: 'denied' });
const trap = { kind: 'trap' } as const;

const main = (body: string): string => `(func $main (local $a i32) (local $b i32) ${body})`;
const report = (body: string): string => main(`(call $report ${body})`);
/** First byte of a result in memory: 1 is an error, whose code stands behind it. */
const errorCode = (call: string, at = 4): string =>
  report(
    `(block (result i32) ${call} (i32.add (i32.mul (i32.const 100) (i32.load8_u (i32.const 16))) (i32.load8_u (i32.const ${16 + at}))))`,
  );
const AT = '(i32.const 16)';

const FILES: readonly WasiCase[] = [
  {
    name: 'a directory that is open by default',
    body: report(`(block (result i32) (call $filesystem/preopens.get-directories ${AT}) (i32.load (i32.const 20)))`),
    ends: 0,
  },
  ...['/etc/passwd', '../../../../etc/passwd', 'a/../../etc/passwd', 'link'].map((path): WasiCase => ({
    name: `the file ${path} through a directory handle that it made up`,
    body: `(data (i32.const 64) "${path}") ${main(`
      (loop $next
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (call $filesystem/types.descriptor.open-at (local.get $a) (i32.const 1) (i32.const 64) (i32.const ${path.length})
          (i32.const 0) (i32.const 1) ${AT})
        (br_if $next (i32.lt_u (local.get $a) (i32.const 16))))
      (call $report (i32.const 1))`)}`,
    ends: trap,
  })),
  {
    name: 'a descriptor without a handle',
    body: main(`(call $filesystem/types.descriptor.read (i32.const -1) (i64.const -1) (i64.const 0) ${AT})`),
    ends: trap,
  },
];

const PROCESS: readonly WasiCase[] = [
  {
    name: 'the environment',
    body: report(`(block (result i32) (call $cli/environment.get-environment ${AT}) (i32.load (i32.const 20)))`),
    ends: 0,
  },
  {
    name: 'arguments beyond a name',
    body: report(`(block (result i32) (call $cli/environment.get-arguments ${AT}) (i32.load (i32.const 20)))`),
    ends: 1,
  },
  {
    name: 'the working directory',
    body: report(`(block (result i32) (call $cli/environment.initial-cwd ${AT}) (i32.load8_u ${AT}))`),
    ends: 0,
  },
  ...['stdin', 'stdout', 'stderr'].map((name): WasiCase => ({
    name: `the terminal of ${name}`,
    body: report(`(block (result i32) (call $cli/terminal-${name}.get-terminal-${name} ${AT}) (i32.load8_u ${AT}))`),
    ends: 0,
  })),
  {
    name: 'the end of the host’s process',
    body: main('(call $cli/exit.exit-with-code (i32.const 9))'),
    ends: { kind: 'error' },
    says: /status 9/,
  },
  {
    name: 'going on after an exit that it catches',
    body: main(`
      (block $caught (try_table (catch_all $caught) (call $cli/exit.exit-with-code (i32.const 9))))
      (block $again (try_table (catch_all $again) (call $report (i32.const 1))))`),
    ends: { kind: 'error' },
    says: /status 9/,
  },
  {
    name: 'standard input beyond the situation',
    body: main(`
      (local.set $a (call $cli/stdin.get-stdin))
      (call $io/streams.input-stream.blocking-skip (local.get $a) (i64.const -1) ${AT})
      (call $io/streams.input-stream.blocking-read (call $cli/stdin.get-stdin) (i64.const 1) ${AT})
      (call $report (i32.add (i32.mul (i32.const 100) (i32.load8_u ${AT})) (i32.load8_u (i32.const 20))))`),
    ends: 101,
  },
];

const SOCKETS: readonly WasiCase[] = [
  {
    name: 'a TCP socket',
    body: errorCode(`(call $sockets/tcp-create-socket.create-tcp-socket (i32.const 0) ${AT})`),
    ends: 101,
  },
  {
    name: 'a UDP socket',
    body: errorCode(`(call $sockets/udp-create-socket.create-udp-socket (i32.const 1) ${AT})`),
    ends: 101,
  },
  {
    name: 'the address of a name',
    body: `(data (i32.const 64) "localhost") ${errorCode(
      `(call $sockets/ip-name-lookup.resolve-addresses (call $sockets/instance-network.instance-network)
        (i32.const 64) (i32.const 9) ${AT})`,
    )}`,
    ends: 101,
  },
  {
    name: 'a socket that it made up',
    body: main(`(drop (call $sockets/tcp.tcp-socket.is-listening (i32.const 1)))`),
    ends: trap,
  },
];

const TIME: readonly WasiCase[] = [
  {
    name: 'the time of the machine',
    body: report(`(block (result i32) (call $clocks/wall-clock.now ${AT}) (i32.wrap_i64 (i64.load ${AT})))`),
    ends: 1_700_000_000,
  },
  {
    name: 'the passing of time',
    body: report(`(i32.wrap_i64 (i64.sub (call $clocks/monotonic-clock.now) (call $clocks/monotonic-clock.now)))`),
    ends: 0,
  },
  {
    name: 'a sleep of centuries',
    body: main(`
      (call $io/poll.pollable.block (call $clocks/monotonic-clock.subscribe-duration (i64.const 9000000000000000000)))
      (call $report (i32.wrap_i64 (i64.div_u (call $clocks/monotonic-clock.now) (i64.const 1000000000000000000))))`),
    ends: 9,
  },
  {
    name: 'a sleep beyond the end of the clock',
    body: main(`
      (call $io/poll.pollable.block (call $clocks/monotonic-clock.subscribe-duration (i64.const -1)))
      (call $report (i64.eq (call $clocks/monotonic-clock.now) (i64.const -1)))`),
    ends: 1,
  },
];

/** As docs/wasi.md has it: SHA-256 of the seed and a counter of 0, its first eight bytes; here the upper 20 bits. */
const FIRST_DRAW = Number(
  createHash('sha256').update(new Uint8Array(32).fill(7)).update(new Uint8Array(8)).digest().readBigUInt64LE() >> 44n,
);

const RANDOM: readonly WasiCase[] = [
  {
    name: 'randomness that nobody recorded',
    body: report(`(i32.wrap_i64 (i64.shr_u (call $random/random.get-random-u64) (i64.const 44)))`),
    ends: FIRST_DRAW,
    calls: ['random.bytes'],
    answer: seeded,
  },
  {
    name: 'many draws for the price of many calls',
    body: main(`
      (loop $next
        (drop (call $random/insecure.get-insecure-random-u64))
        (br_if $next (i32.lt_u (local.tee $a (i32.add (local.get $a) (i32.const 1))) (i32.const 1000))))
      (call $report (i32.const 1))`),
    ends: 1,
    calls: ['random.bytes'],
    answer: seeded,
  },
  {
    name: 'randomness that policy denies',
    body: main(`(call $random/insecure-seed.insecure-seed ${AT}) (call $report (i32.const 1))`),
    ends: { kind: 'error', message: 'random.bytes: expected a seed for wasi:random, found denied' },
    answer: denied,
  },
  ...['65537', '4294967296', '-1'].map((length): WasiCase => ({
    name: `${length} random bytes at once`,
    body: main(`(call $random/random.get-random-bytes (i64.const ${length}) ${AT})`),
    ends: trap,
    calls: [],
    answer: seeded,
  })),
];

const IN_START: WasiCase = {
  name: 'randomness in a start function, where nothing can wait',
  body: `${main('')} (func $boot (drop (call $random/random.get-random-u64))) (start $boot)`,
  ends: trap,
  answer: seeded,
};

const AFTER_EXIT: WasiCase = {
  name: 'randomness after an exit that it catches',
  body: main(`
    (block $caught (try_table (catch_all $caught) (call $cli/exit.exit-with-code (i32.const 9))))
    (block $again (try_table (catch_all $again) (drop (call $random/random.get-random-u64))))`),
  ends: { kind: 'error' },
  says: /status 9/,
  calls: [],
};

const OUT = '(call $cli/stdout.get-stdout)';
const ERR = '(call $cli/stderr.get-stderr)';
const IN = '(call $cli/stdin.get-stdin)';

const STREAMS: readonly WasiCase[] = [
  {
    name: 'a blocking write of more than the standard allows',
    body: main(`(call $io/streams.output-stream.blocking-write-and-flush ${OUT} (i32.const 0) (i32.const 4097) ${AT})`),
    ends: trap,
  },
  {
    name: 'a write of more than it may',
    body: main(`(call $io/streams.output-stream.write ${OUT} (i32.const 0) (i32.const 65537) ${AT})`),
    ends: trap,
  },
  ...['-16', '262140'].map((address): WasiCase => ({
    name: `a write from ${address}, beyond its memory`,
    body: main(`(call $io/streams.output-stream.write ${OUT} (i32.const ${address}) (i32.const 4096) ${AT})`),
    ends: trap,
  })),
  {
    name: '2^64 - 1 zeroes',
    body: main(`(call $io/streams.output-stream.write-zeroes ${OUT} (i64.const -1) ${AT})`),
    ends: trap,
  },
  {
    name: 'a read of 2^64 - 1 bytes',
    body: main(`
      (call $io/streams.input-stream.read ${IN} (i64.const -1) ${AT})
      (call $report (i32.lt_u (i32.load (i32.const 24)) (i32.const 65537)))`),
    ends: 1,
  },
  {
    name: 'a splice of 2^64 - 1 bytes',
    body: main(`(call $io/streams.output-stream.blocking-splice ${OUT} ${IN} (i64.const -1) ${AT})`),
    ends: { kind: 'error' },
    says: /proposal\/action/,
  },
  {
    name: 'a flood of output',
    body: main(`(local.set $a ${OUT}) (loop $on
      (call $io/streams.output-stream.blocking-write-and-flush (local.get $a) (i32.const 0) (i32.const 4096) ${AT}) (br $on))`),
    ends: { kind: 'bound', bound: 'proposalBytes' },
  },
  {
    name: 'a flood of standard error',
    body: `(data (i32.const 2048) "a line that nobody reads\\0a") ${main(`(local.set $a ${ERR})
      (loop $on
        (call $io/streams.output-stream.blocking-write-and-flush (local.get $a) (i32.const 2048) (i32.const 25) ${AT})
        (br_if $on (i32.lt_u (local.tee $b (i32.add (local.get $b) (i32.const 1))) (i32.const 20000))))
      (call $report (i32.const 1))`)}`,
    ends: 1,
    calls: Array.from({ length: 65 }, () => 'log.write'),
  },
  {
    name: 'bytes moved without end',
    body: main(`(local.set $a ${ERR})
      (loop $on (call $io/streams.output-stream.write (local.get $a) (i32.const 0) (i32.const 65536) ${AT}) (br $on))`),
    ends: trap,
    says: /268435456 bytes/,
  },
  {
    name: 'log entries that policy denies',
    body: `(data (i32.const 2048) "a\\0ab\\0ac\\0a") ${main(`
      (call $io/streams.output-stream.blocking-write-and-flush ${ERR} (i32.const 2048) (i32.const 6) ${AT})
      (call $report (i32.const 1))`)}`,
    ends: 1,
    calls: ['log.write'],
    answer: denied,
  },
];

const SUBSCRIBED = `(call $io/streams.input-stream.subscribe ${IN})`;

const POLL: readonly WasiCase[] = [
  { name: 'a poll of nothing', body: main(`(call $io/poll.poll (i32.const 0) (i32.const 0) ${AT})`), ends: trap },
  {
    name: 'a poll of more than there may be',
    body: main(`(local.set $a ${SUBSCRIBED})
      (loop $next
        (i32.store (i32.add (i32.const 2048) (i32.mul (local.get $b) (i32.const 4))) (local.get $a))
        (br_if $next (i32.lt_u (local.tee $b (i32.add (local.get $b) (i32.const 1))) (i32.const 257))))
      (call $io/poll.poll (i32.const 2048) (i32.const 257) ${AT})`),
    ends: trap,
    says: /found 257/,
  },
  {
    name: 'a poll of one pollable twice',
    body: main(`(local.set $a ${SUBSCRIBED})
      (i32.store (i32.const 2048) (local.get $a)) (i32.store (i32.const 2052) (local.get $a))
      (call $io/poll.poll (i32.const 2048) (i32.const 2) ${AT})
      (call $report (i32.load (i32.const 20)))`),
    ends: 2,
  },
  {
    name: 'a poll of a pollable that was dropped',
    body: main(`(local.set $a ${SUBSCRIBED}) (i32.store (i32.const 2048) (local.get $a))
      (call $io/poll.pollable.drop (local.get $a))
      (call $io/poll.poll (i32.const 2048) (i32.const 1) ${AT})`),
    ends: trap,
  },
];

const HANDLES: readonly WasiCase[] = [
  {
    name: 'a handle that is dropped twice',
    body: main(`(local.set $a ${IN})
      (call $io/streams.input-stream.drop (local.get $a)) (call $io/streams.input-stream.drop (local.get $a))`),
    ends: trap,
  },
  {
    name: 'a stream that was dropped',
    body: main(`(local.set $a ${OUT}) (call $io/streams.output-stream.drop (local.get $a))
      (call $io/streams.output-stream.check-write (local.get $a) ${AT}) (call $report (i32.const 1))`),
    ends: trap,
  },
  {
    name: 'a pollable of a stream that was dropped',
    body: main(`(local.set $a ${IN}) (call $io/streams.input-stream.drop (local.get $a))
      (drop (call $io/streams.input-stream.subscribe (local.get $a))) (call $report (i32.const 1))`),
    ends: trap,
  },
  {
    name: 'handles that it never got',
    body: main(`(call $io/streams.input-stream.read (i32.const 77) (i64.const 1) ${AT}) (call $report (i32.const 1))`),
    ends: trap,
  },
  {
    name: 'the handle 0',
    body: main(`(call $io/streams.output-stream.flush (i32.const 0) ${AT}) (call $report (i32.const 1))`),
    ends: trap,
  },
  {
    name: 'a handle beyond every table',
    body: main(`(call $io/streams.output-stream.flush (i32.const 0x60000001) ${AT}) (call $report (i32.const 1))`),
    ends: trap,
  },
  {
    name: 'a handle of another type of resource',
    body: main(`(call $io/streams.output-stream.flush ${IN} ${AT}) (call $report (i32.const 1))`),
    ends: trap,
  },
  {
    name: 'a splice from a stream that was dropped',
    body: main(`(local.set $a ${IN}) (call $io/streams.input-stream.drop (local.get $a))
      (call $io/streams.output-stream.splice ${OUT} (local.get $a) (i64.const 1) ${AT}) (call $report (i32.const 1))`),
    ends: trap,
  },
  {
    name: 'more handles than there may be',
    body: main(`(loop $on (drop ${IN}) (br $on))`),
    ends: trap,
    says: /1024 handles/,
  },
  {
    name: 'handles made and dropped without end',
    body: main(`(loop $on (call $io/streams.input-stream.drop ${IN}) (br $on))`),
    ends: trap,
    says: /100000 handles/,
  },
  {
    name: 'calls without end',
    body: main('(loop $on (drop (call $clocks/monotonic-clock.now)) (br $on))'),
    ends: trap,
    says: /250000 calls/,
  },
];

export const WASI_CASES: readonly (readonly [area: string, cases: readonly WasiCase[]])[] = [
  ['files', FILES],
  ['the process', PROCESS],
  ['sockets', SOCKETS],
  ['time', TIME],
  ['random', [...RANDOM, IN_START, AFTER_EXIT]],
  ['streams', STREAMS],
  ['poll', POLL],
  ['handles', HANDLES],
];
