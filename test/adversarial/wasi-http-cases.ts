/** Guests that try to get at the network with `wasi:http` otherwise than through the capability, or to break it. */
import type { GuestReply } from '../../host/ports.ts';
import type { WasiCase } from './wasi-cases.ts';

const AT = '(i32.const 16)';
const TEXTS = `(data (i32.const 64) "localhost:1") (data (i32.const 96) "x-name") (data (i32.const 128) "a\\0d\\0ahost: b")
  (data (i32.const 160) "host") (data (i32.const 192) "content-length") (data (i32.const 224) "99")
  (data (i32.const 256) "user@localhost") (data (i32.const 288) "/a#b")`;

const main = (body: string): string =>
  `${TEXTS}(func $main (local $request i32) (local $body i32) (local $future i32) (local $out i32) (local $n i32) ${body})`;
const NEW = `(local.set $request (call $http/types.outgoing-request (call $http/types.fields)))
  (drop (call $http/types.outgoing-request.set-authority (local.get $request) (i32.const 1) (i32.const 64) (i32.const 11)))`;
const HANDLE = `(call $http/outgoing-handler.handle (local.get $request) (i32.const 0) (i32.const 0) ${AT})
  (local.set $future (i32.load (i32.const 24)))`;
const BODY = `(call $http/types.outgoing-request.body (local.get $request) ${AT})
  (local.set $body (i32.load (i32.const 20)))
  (call $http/types.outgoing-body.write (local.get $body) ${AT})
  (local.set $out (i32.load (i32.const 20)))`;
/** Code of the answer: 1000 for none, 100 and the error's, or 0 for a response. */
const GET = `(call $http/types.future-incoming-response.get (local.get $future) ${AT})
  (if (i32.eqz (i32.load8_u ${AT})) (then (call $report (i32.const 1000)) (return)))
  (call $report (select (i32.add (i32.const 100) (i32.load8_u (i32.const 40))) (i32.const 0) (i32.load8_u (i32.const 32))))`;

const denied = (): GuestReply => ({ ok: false, error: 'denied' });
const answered = (): GuestReply => ({ ok: true, value: { status: 200, headers: [], body: new Uint8Array([1]) } });
const DENIED = 115;
const appended = (name: readonly [number, number], value: readonly [number, number]) => `
  (call $http/types.fields.append (call $http/types.fields) (i32.const ${name[0]}) (i32.const ${name[1]})
    (i32.const ${value[0]}) (i32.const ${value[1]}) ${AT})
  (call $report (i32.add (i32.mul (i32.const 100) (i32.load8_u ${AT})) (i32.load8_u (i32.const 17))))`;

export const HTTP_CASES: readonly WasiCase[] = [
  {
    name: 'a request that policy denies',
    body: main(`${NEW} ${HANDLE} ${GET}`),
    ends: DENIED,
    calls: ['http.send'],
    answer: denied,
  },
  {
    name: 'an answer before its request is complete',
    body: main(`${NEW} ${BODY} ${HANDLE} ${GET}`),
    ends: 1000,
    calls: [],
    answer: answered,
  },
  {
    name: 'a wait for what can never come',
    body: main(
      `${NEW} ${BODY} ${HANDLE} (call $io/poll.pollable.block (call $http/types.future-incoming-response.subscribe (local.get $future)))`,
    ),
    ends: { kind: 'error', message: 'poll: expected something that can happen, found none' },
    calls: [],
  },
  {
    name: 'a request with half a body',
    body: main(`${NEW} ${BODY} ${HANDLE} (call $http/types.outgoing-body.drop (local.get $body)) ${GET}`),
    // HTTP-protocol-error
    ends: 135,
    calls: [],
    answer: answered,
  },
  {
    name: 'a body without end',
    body: main(`${NEW} ${BODY} (loop $on
      (call $io/streams.output-stream.write (local.get $out) (i32.const 0) (i32.const 65536) ${AT}) (br $on))`),
    ends: { kind: 'bound', bound: 'callBytesOut' },
    calls: [],
  },
  {
    name: 'a header with a line break',
    body: main(appended([96, 6], [128, 10])),
    // invalid-syntax
    ends: 100,
  },
  {
    name: 'a host header',
    body: main(appended([160, 4], [96, 6])),
    // forbidden
    ends: 101,
  },
  {
    name: 'a length that is not the body’s',
    body: main(`
      (local.set $n (call $http/types.fields))
      (call $http/types.fields.append (local.get $n) (i32.const 192) (i32.const 14) (i32.const 224) (i32.const 2) ${AT})
      (local.set $request (call $http/types.outgoing-request (local.get $n)))
      (drop (call $http/types.outgoing-request.set-authority (local.get $request) (i32.const 1) (i32.const 64) (i32.const 11)))
      ${BODY} ${HANDLE}
      (call $http/types.outgoing-body.finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 16))
      (call $report (i32.add (i32.mul (i32.const 100) (i32.load8_u ${AT})) (i32.load8_u (i32.const 24))))`),
    // HTTP-request-body-size
    ends: 117,
    calls: [],
    answer: answered,
  },
  {
    name: 'a user in the URL',
    body: main(`${NEW} (call $report
      (call $http/types.outgoing-request.set-authority (local.get $request) (i32.const 1) (i32.const 256) (i32.const 14)))`),
    ends: 1,
  },
  {
    name: 'a fragment in the URL',
    body: main(`${NEW} (call $report
      (call $http/types.outgoing-request.set-path-with-query (local.get $request) (i32.const 1) (i32.const 288) (i32.const 4)))`),
    ends: 1,
  },
  {
    name: 'headers that it has given away',
    body: main(`(local.set $n (call $http/types.fields))
      (drop (call $http/types.outgoing-request (local.get $n)))
      (drop (call $http/types.outgoing-request (local.get $n)))`),
    ends: { kind: 'trap' },
  },
  {
    name: 'a request sent twice',
    body: main(`${NEW} ${HANDLE} ${HANDLE}`),
    ends: { kind: 'trap' },
    calls: ['http.send'],
    answer: answered,
  },
  {
    name: 'one response twice',
    body: main(`${NEW} ${HANDLE}
      (call $http/types.future-incoming-response.get (local.get $future) ${AT})
      (call $http/types.future-incoming-response.get (local.get $future) ${AT})
      (call $report (i32.add (i32.mul (i32.const 100) (i32.load8_u ${AT})) (i32.load8_u (i32.const 24))))`),
    ends: 101,
    answer: answered,
  },
  {
    name: 'more fields than there may be',
    body: main(`(local.set $request (call $http/types.fields))
      (loop $on
        (call $http/types.fields.append (local.get $request) (i32.const 96) (i32.const 6) (i32.const 224) (i32.const 2) ${AT})
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $on (i32.eqz (i32.load8_u ${AT}))))
      (call $report (local.get $n))`),
    ends: 65,
  },
  {
    name: 'the part of a server',
    body: main('(drop (call $http/types.outgoing-response (call $http/types.fields)))'),
    ends: { kind: 'trap' },
  },
];
