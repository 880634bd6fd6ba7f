/**
 * The interfaces of WASI 0.2.12 that a guest may import, as component types in WebAssembly text. Made by
 * test/sandbox/wasi/generate-types.ts from the WIT files of WASI; not to be edited.
 */

export interface WasiInterface {
  /** Without `wasi:` and version. */
  readonly name: string;
  /** Names of the interfaces that must be declared before it. */
  readonly needs: readonly string[];
  /** Aliases, a type and an import named `$wasi:<name>`. */
  readonly text: string;
}

export const WASI_VERSION = '0.2.12';

export const WASI_INTERFACES: readonly WasiInterface[] = [
  {
    name: 'io/error',
    needs: [],
    text: String.raw`
  (type $ty-wasi:io/error
    (instance
      (export "error" (type (sub resource)))
      (type (borrow 0))
      (type (func (param "self" 1) (result string)))
      (export "[method]error.to-debug-string" (func (type 2)))
    )
  )
  (import "wasi:io/error@0.2.12" (instance $wasi:io/error (type $ty-wasi:io/error)))
`,
  },
  {
    name: 'io/poll',
    needs: [],
    text: String.raw`
  (type $ty-wasi:io/poll
    (instance
      (export "pollable" (type (sub resource)))
      (type (borrow 0))
      (type (func (param "self" 1) (result bool)))
      (export "[method]pollable.ready" (func (type 2)))
      (type (func (param "self" 1)))
      (export "[method]pollable.block" (func (type 3)))
      (type (list 1))
      (type (list u32))
      (type (func (param "in" 4) (result 5)))
      (export "poll" (func (type 6)))
    )
  )
  (import "wasi:io/poll@0.2.12" (instance $wasi:io/poll (type $ty-wasi:io/poll)))
`,
  },
  {
    name: 'io/streams',
    needs: ['io/error', 'io/poll'],
    text: String.raw`
  (alias export $wasi:io/error "error" (type $error))
  (alias export $wasi:io/poll "pollable" (type $pollable))
  (type $ty-wasi:io/streams
    (instance
      (export "input-stream" (type (sub resource)))
      (alias outer 1 $error (type))
      (export "error" (type (eq 1)))
      (type (own 2))
      (type (variant (case "last-operation-failed" 3) (case "closed")))
      (export "stream-error" (type (eq 4)))
      (alias outer 1 $pollable (type))
      (export "pollable" (type (eq 6)))
      (export "output-stream" (type (sub resource)))
      (type (borrow 0))
      (type (list u8))
      (type (result 10 (error 5)))
      (type (func (param "self" 9) (param "len" u64) (result 11)))
      (export "[method]input-stream.read" (func (type 12)))
      (export "[method]input-stream.blocking-read" (func (type 12)))
      (type (result u64 (error 5)))
      (type (func (param "self" 9) (param "len" u64) (result 13)))
      (export "[method]input-stream.skip" (func (type 14)))
      (export "[method]input-stream.blocking-skip" (func (type 14)))
      (type (own 7))
      (type (func (param "self" 9) (result 15)))
      (export "[method]input-stream.subscribe" (func (type 16)))
      (type (borrow 8))
      (type (func (param "self" 17) (result 13)))
      (export "[method]output-stream.check-write" (func (type 18)))
      (type (result (error 5)))
      (type (func (param "self" 17) (param "contents" 10) (result 19)))
      (export "[method]output-stream.write" (func (type 20)))
      (export "[method]output-stream.blocking-write-and-flush" (func (type 20)))
      (type (func (param "self" 17) (result 19)))
      (export "[method]output-stream.flush" (func (type 21)))
      (export "[method]output-stream.blocking-flush" (func (type 21)))
      (type (func (param "self" 17) (result 15)))
      (export "[method]output-stream.subscribe" (func (type 22)))
      (type (func (param "self" 17) (param "len" u64) (result 19)))
      (export "[method]output-stream.write-zeroes" (func (type 23)))
      (export "[method]output-stream.blocking-write-zeroes-and-flush" (func (type 23)))
      (type (func (param "self" 17) (param "src" 9) (param "len" u64) (result 13)))
      (export "[method]output-stream.splice" (func (type 24)))
      (export "[method]output-stream.blocking-splice" (func (type 24)))
    )
  )
  (import "wasi:io/streams@0.2.12" (instance $wasi:io/streams (type $ty-wasi:io/streams)))
`,
  },
  {
    name: 'cli/environment',
    needs: [],
    text: String.raw`
  (type $ty-wasi:cli/environment
    (instance
      (type (tuple string string))
      (type (list 0))
      (type (func (result 1)))
      (export "get-environment" (func (type 2)))
      (type (list string))
      (type (func (result 3)))
      (export "get-arguments" (func (type 4)))
      (type (option string))
      (type (func (result 5)))
      (export "initial-cwd" (func (type 6)))
    )
  )
  (import "wasi:cli/environment@0.2.12" (instance $wasi:cli/environment (type $ty-wasi:cli/environment)))
`,
  },
  {
    name: 'cli/exit',
    needs: [],
    text: String.raw`
  (type $ty-wasi:cli/exit
    (instance
      (type (result))
      (type (func (param "status" 0)))
      (export "exit" (func (type 1)))
      (type (func (param "status-code" u8)))
      (export "exit-with-code" (func (type 2)))
    )
  )
  (import "wasi:cli/exit@0.2.12" (instance $wasi:cli/exit (type $ty-wasi:cli/exit)))
`,
  },
  {
    name: 'cli/stdin',
    needs: ['io/streams'],
    text: String.raw`
  (alias export $wasi:io/streams "input-stream" (type $input-stream))
  (type $ty-wasi:cli/stdin
    (instance
      (alias outer 1 $input-stream (type))
      (export "input-stream" (type (eq 0)))
      (type (own 1))
      (type (func (result 2)))
      (export "get-stdin" (func (type 3)))
    )
  )
  (import "wasi:cli/stdin@0.2.12" (instance $wasi:cli/stdin (type $ty-wasi:cli/stdin)))
`,
  },
  {
    name: 'cli/stdout',
    needs: ['io/streams'],
    text: String.raw`
  (alias export $wasi:io/streams "output-stream" (type $output-stream))
  (type $ty-wasi:cli/stdout
    (instance
      (alias outer 1 $output-stream (type))
      (export "output-stream" (type (eq 0)))
      (type (own 1))
      (type (func (result 2)))
      (export "get-stdout" (func (type 3)))
    )
  )
  (import "wasi:cli/stdout@0.2.12" (instance $wasi:cli/stdout (type $ty-wasi:cli/stdout)))
`,
  },
  {
    name: 'cli/stderr',
    needs: ['io/streams'],
    text: String.raw`
  (alias export $wasi:io/streams "output-stream" (type $"#type11 output-stream" (@name "output-stream")))
  (type $ty-wasi:cli/stderr
    (instance
      (alias outer 1 $"#type11 output-stream" (type))
      (export "output-stream" (type (eq 0)))
      (type (own 1))
      (type (func (result 2)))
      (export "get-stderr" (func (type 3)))
    )
  )
  (import "wasi:cli/stderr@0.2.12" (instance $wasi:cli/stderr (type $ty-wasi:cli/stderr)))
`,
  },
  {
    name: 'cli/terminal-input',
    needs: [],
    text: String.raw`
  (type $ty-wasi:cli/terminal-input
    (instance
      (export "terminal-input" (type (sub resource)))
    )
  )
  (import "wasi:cli/terminal-input@0.2.12" (instance $wasi:cli/terminal-input (type $ty-wasi:cli/terminal-input)))
`,
  },
  {
    name: 'cli/terminal-output',
    needs: [],
    text: String.raw`
  (type $ty-wasi:cli/terminal-output
    (instance
      (export "terminal-output" (type (sub resource)))
    )
  )
  (import "wasi:cli/terminal-output@0.2.12" (instance $wasi:cli/terminal-output (type $ty-wasi:cli/terminal-output)))
`,
  },
  {
    name: 'cli/terminal-stdin',
    needs: ['cli/terminal-input'],
    text: String.raw`
  (alias export $wasi:cli/terminal-input "terminal-input" (type $terminal-input))
  (type $ty-wasi:cli/terminal-stdin
    (instance
      (alias outer 1 $terminal-input (type))
      (export "terminal-input" (type (eq 0)))
      (type (own 1))
      (type (option 2))
      (type (func (result 3)))
      (export "get-terminal-stdin" (func (type 4)))
    )
  )
  (import "wasi:cli/terminal-stdin@0.2.12" (instance $wasi:cli/terminal-stdin (type $ty-wasi:cli/terminal-stdin)))
`,
  },
  {
    name: 'cli/terminal-stdout',
    needs: ['cli/terminal-output'],
    text: String.raw`
  (alias export $wasi:cli/terminal-output "terminal-output" (type $terminal-output))
  (type $ty-wasi:cli/terminal-stdout
    (instance
      (alias outer 1 $terminal-output (type))
      (export "terminal-output" (type (eq 0)))
      (type (own 1))
      (type (option 2))
      (type (func (result 3)))
      (export "get-terminal-stdout" (func (type 4)))
    )
  )
  (import "wasi:cli/terminal-stdout@0.2.12" (instance $wasi:cli/terminal-stdout (type $ty-wasi:cli/terminal-stdout)))
`,
  },
  {
    name: 'cli/terminal-stderr',
    needs: ['cli/terminal-output'],
    text: String.raw`
  (alias export $wasi:cli/terminal-output "terminal-output" (type $"#type19 terminal-output" (@name "terminal-output")))
  (type $ty-wasi:cli/terminal-stderr
    (instance
      (alias outer 1 $"#type19 terminal-output" (type))
      (export "terminal-output" (type (eq 0)))
      (type (own 1))
      (type (option 2))
      (type (func (result 3)))
      (export "get-terminal-stderr" (func (type 4)))
    )
  )
  (import "wasi:cli/terminal-stderr@0.2.12" (instance $wasi:cli/terminal-stderr (type $ty-wasi:cli/terminal-stderr)))
`,
  },
  {
    name: 'clocks/monotonic-clock',
    needs: ['io/poll'],
    text: String.raw`
  (alias export $wasi:io/poll "pollable" (type $"#type21 pollable" (@name "pollable")))
  (type $ty-wasi:clocks/monotonic-clock
    (instance
      (type u64)
      (export "instant" (type (eq 0)))
      (type u64)
      (export "duration" (type (eq 2)))
      (alias outer 1 $"#type21 pollable" (type))
      (export "pollable" (type (eq 4)))
      (type (func (result 1)))
      (export "now" (func (type 6)))
      (type (func (result 3)))
      (export "resolution" (func (type 7)))
      (type (own 5))
      (type (func (param "when" 1) (result 8)))
      (export "subscribe-instant" (func (type 9)))
      (type (func (param "when" 3) (result 8)))
      (export "subscribe-duration" (func (type 10)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance $wasi:clocks/monotonic-clock (type $ty-wasi:clocks/monotonic-clock)))
`,
  },
  {
    name: 'clocks/wall-clock',
    needs: [],
    text: String.raw`
  (type $ty-wasi:clocks/wall-clock
    (instance
      (type (record (field "seconds" u64) (field "nanoseconds" u32)))
      (export "datetime" (type (eq 0)))
      (type (func (result 1)))
      (export "now" (func (type 2)))
      (export "resolution" (func (type 2)))
    )
  )
  (import "wasi:clocks/wall-clock@0.2.12" (instance $wasi:clocks/wall-clock (type $ty-wasi:clocks/wall-clock)))
`,
  },
  {
    name: 'filesystem/types',
    needs: ['io/streams', 'clocks/wall-clock'],
    text: String.raw`
  (alias export $wasi:io/streams "input-stream" (type $"#type24 input-stream" (@name "input-stream")))
  (alias export $wasi:io/streams "output-stream" (type $"#type25 output-stream" (@name "output-stream")))
  (alias export $wasi:clocks/wall-clock "datetime" (type $datetime))
  (alias export $wasi:io/streams "error" (type $"#type27 error" (@name "error")))
  (type $ty-wasi:filesystem/types
    (instance
      (export "descriptor" (type (sub resource)))
      (type u64)
      (export "filesize" (type (eq 1)))
      (alias outer 1 $"#type24 input-stream" (type))
      (export "input-stream" (type (eq 3)))
      (type (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large" "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links" "message-size" "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space" "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek" "text-file-busy" "cross-device"))
      (export "error-code" (type (eq 5)))
      (alias outer 1 $"#type25 output-stream" (type))
      (export "output-stream" (type (eq 7)))
      (type (enum "normal" "sequential" "random" "will-need" "dont-need" "no-reuse"))
      (export "advice" (type (eq 9)))
      (type (flags "read" "write" "file-integrity-sync" "data-integrity-sync" "requested-write-sync" "mutate-directory"))
      (export "descriptor-flags" (type (eq 11)))
      (type (enum "unknown" "block-device" "character-device" "directory" "fifo" "symbolic-link" "regular-file" "socket"))
      (export "descriptor-type" (type (eq 13)))
      (alias outer 1 $datetime (type))
      (export "datetime" (type (eq 15)))
      (type (variant (case "no-change") (case "now") (case "timestamp" 16)))
      (export "new-timestamp" (type (eq 17)))
      (export "directory-entry-stream" (type (sub resource)))
      (type u64)
      (export "link-count" (type (eq 20)))
      (type (option 16))
      (type (record (field "type" 14) (field "link-count" 21) (field "size" 2) (field "data-access-timestamp" 22) (field "data-modification-timestamp" 22) (field "status-change-timestamp" 22)))
      (export "descriptor-stat" (type (eq 23)))
      (type (flags "symlink-follow"))
      (export "path-flags" (type (eq 25)))
      (type (flags "create" "directory" "exclusive" "truncate"))
      (export "open-flags" (type (eq 27)))
      (type (record (field "lower" u64) (field "upper" u64)))
      (export "metadata-hash-value" (type (eq 29)))
      (type (record (field "type" 14) (field "name" string)))
      (export "directory-entry" (type (eq 31)))
      (alias outer 1 $"#type27 error" (type))
      (export "error" (type (eq 33)))
      (type (borrow 0))
      (type (own 4))
      (type (result 36 (error 6)))
      (type (func (param "self" 35) (param "offset" 2) (result 37)))
      (export "[method]descriptor.read-via-stream" (func (type 38)))
      (type (own 8))
      (type (result 39 (error 6)))
      (type (func (param "self" 35) (param "offset" 2) (result 40)))
      (export "[method]descriptor.write-via-stream" (func (type 41)))
      (type (func (param "self" 35) (result 40)))
      (export "[method]descriptor.append-via-stream" (func (type 42)))
      (type (result (error 6)))
      (type (func (param "self" 35) (param "offset" 2) (param "length" 2) (param "advice" 10) (result 43)))
      (export "[method]descriptor.advise" (func (type 44)))
      (type (func (param "self" 35) (result 43)))
      (export "[method]descriptor.sync-data" (func (type 45)))
      (type (result 12 (error 6)))
      (type (func (param "self" 35) (result 46)))
      (export "[method]descriptor.get-flags" (func (type 47)))
      (type (result 14 (error 6)))
      (type (func (param "self" 35) (result 48)))
      (export "[method]descriptor.get-type" (func (type 49)))
      (type (func (param "self" 35) (param "size" 2) (result 43)))
      (export "[method]descriptor.set-size" (func (type 50)))
      (type (func (param "self" 35) (param "data-access-timestamp" 18) (param "data-modification-timestamp" 18) (result 43)))
      (export "[method]descriptor.set-times" (func (type 51)))
      (type (list u8))
      (type (tuple 52 bool))
      (type (result 53 (error 6)))
      (type (func (param "self" 35) (param "length" 2) (param "offset" 2) (result 54)))
      (export "[method]descriptor.read" (func (type 55)))
      (type (result 2 (error 6)))
      (type (func (param "self" 35) (param "buffer" 52) (param "offset" 2) (result 56)))
      (export "[method]descriptor.write" (func (type 57)))
      (type (own 19))
      (type (result 58 (error 6)))
      (type (func (param "self" 35) (result 59)))
      (export "[method]descriptor.read-directory" (func (type 60)))
      (export "[method]descriptor.sync" (func (type 45)))
      (type (func (param "self" 35) (param "path" string) (result 43)))
      (export "[method]descriptor.create-directory-at" (func (type 61)))
      (type (result 24 (error 6)))
      (type (func (param "self" 35) (result 62)))
      (export "[method]descriptor.stat" (func (type 63)))
      (type (func (param "self" 35) (param "path-flags" 26) (param "path" string) (result 62)))
      (export "[method]descriptor.stat-at" (func (type 64)))
      (type (func (param "self" 35) (param "path-flags" 26) (param "path" string) (param "data-access-timestamp" 18) (param "data-modification-timestamp" 18) (result 43)))
      (export "[method]descriptor.set-times-at" (func (type 65)))
      (type (func (param "self" 35) (param "old-path-flags" 26) (param "old-path" string) (param "new-descriptor" 35) (param "new-path" string) (result 43)))
      (export "[method]descriptor.link-at" (func (type 66)))
      (type (own 0))
      (type (result 67 (error 6)))
      (type (func (param "self" 35) (param "path-flags" 26) (param "path" string) (param "open-flags" 28) (param "flags" 12) (result 68)))
      (export "[method]descriptor.open-at" (func (type 69)))
      (type (result string (error 6)))
      (type (func (param "self" 35) (param "path" string) (result 70)))
      (export "[method]descriptor.readlink-at" (func (type 71)))
      (export "[method]descriptor.remove-directory-at" (func (type 61)))
      (type (func (param "self" 35) (param "old-path" string) (param "new-descriptor" 35) (param "new-path" string) (result 43)))
      (export "[method]descriptor.rename-at" (func (type 72)))
      (type (func (param "self" 35) (param "old-path" string) (param "new-path" string) (result 43)))
      (export "[method]descriptor.symlink-at" (func (type 73)))
      (export "[method]descriptor.unlink-file-at" (func (type 61)))
      (type (func (param "self" 35) (param "other" 35) (result bool)))
      (export "[method]descriptor.is-same-object" (func (type 74)))
      (type (result 30 (error 6)))
      (type (func (param "self" 35) (result 75)))
      (export "[method]descriptor.metadata-hash" (func (type 76)))
      (type (func (param "self" 35) (param "path-flags" 26) (param "path" string) (result 75)))
      (export "[method]descriptor.metadata-hash-at" (func (type 77)))
      (type (borrow 19))
      (type (option 32))
      (type (result 79 (error 6)))
      (type (func (param "self" 78) (result 80)))
      (export "[method]directory-entry-stream.read-directory-entry" (func (type 81)))
      (type (borrow 34))
      (type (option 6))
      (type (func (param "err" 82) (result 83)))
      (export "filesystem-error-code" (func (type 84)))
    )
  )
  (import "wasi:filesystem/types@0.2.12" (instance $wasi:filesystem/types (type $ty-wasi:filesystem/types)))
`,
  },
  {
    name: 'filesystem/preopens',
    needs: ['filesystem/types'],
    text: String.raw`
  (alias export $wasi:filesystem/types "descriptor" (type $descriptor))
  (type $ty-wasi:filesystem/preopens
    (instance
      (alias outer 1 $descriptor (type))
      (export "descriptor" (type (eq 0)))
      (type (own 1))
      (type (tuple 2 string))
      (type (list 3))
      (type (func (result 4)))
      (export "get-directories" (func (type 5)))
    )
  )
  (import "wasi:filesystem/preopens@0.2.12" (instance $wasi:filesystem/preopens (type $ty-wasi:filesystem/preopens)))
`,
  },
  {
    name: 'random/random',
    needs: [],
    text: String.raw`
  (type $ty-wasi:random/random
    (instance
      (type (list u8))
      (type (func (param "len" u64) (result 0)))
      (export "get-random-bytes" (func (type 1)))
      (type (func (result u64)))
      (export "get-random-u64" (func (type 2)))
    )
  )
  (import "wasi:random/random@0.2.12" (instance $wasi:random/random (type $ty-wasi:random/random)))
`,
  },
  {
    name: 'random/insecure',
    needs: [],
    text: String.raw`
  (type $ty-wasi:random/insecure
    (instance
      (type (list u8))
      (type (func (param "len" u64) (result 0)))
      (export "get-insecure-random-bytes" (func (type 1)))
      (type (func (result u64)))
      (export "get-insecure-random-u64" (func (type 2)))
    )
  )
  (import "wasi:random/insecure@0.2.12" (instance $wasi:random/insecure (type $ty-wasi:random/insecure)))
`,
  },
  {
    name: 'random/insecure-seed',
    needs: [],
    text: String.raw`
  (type $ty-wasi:random/insecure-seed
    (instance
      (type (tuple u64 u64))
      (type (func (result 0)))
      (export "insecure-seed" (func (type 1)))
    )
  )
  (import "wasi:random/insecure-seed@0.2.12" (instance $wasi:random/insecure-seed (type $ty-wasi:random/insecure-seed)))
`,
  },
  {
    name: 'sockets/network',
    needs: [],
    text: String.raw`
  (type $ty-wasi:sockets/network
    (instance
      (export "network" (type (sub resource)))
      (type (tuple u8 u8 u8 u8))
      (export "ipv4-address" (type (eq 1)))
      (type (record (field "port" u16) (field "address" 2)))
      (export "ipv4-socket-address" (type (eq 3)))
      (type (tuple u16 u16 u16 u16 u16 u16 u16 u16))
      (export "ipv6-address" (type (eq 5)))
      (type (record (field "port" u16) (field "flow-info" u32) (field "address" 6) (field "scope-id" u32)))
      (export "ipv6-socket-address" (type (eq 7)))
      (type (variant (case "ipv4" 4) (case "ipv6" 8)))
      (export "ip-socket-address" (type (eq 9)))
      (type (enum "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout" "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit" "address-not-bindable" "address-in-use" "remote-unreachable" "connection-refused" "connection-reset" "connection-aborted" "datagram-too-large" "name-unresolvable" "temporary-resolver-failure" "permanent-resolver-failure"))
      (export "error-code" (type (eq 11)))
      (type (enum "ipv4" "ipv6"))
      (export "ip-address-family" (type (eq 13)))
      (type (variant (case "ipv4" 2) (case "ipv6" 6)))
      (export "ip-address" (type (eq 15)))
    )
  )
  (import "wasi:sockets/network@0.2.12" (instance $wasi:sockets/network (type $ty-wasi:sockets/network)))
`,
  },
  {
    name: 'sockets/instance-network',
    needs: ['sockets/network'],
    text: String.raw`
  (alias export $wasi:sockets/network "network" (type $network))
  (type $ty-wasi:sockets/instance-network
    (instance
      (alias outer 1 $network (type))
      (export "network" (type (eq 0)))
      (type (own 1))
      (type (func (result 2)))
      (export "instance-network" (func (type 3)))
    )
  )
  (import "wasi:sockets/instance-network@0.2.12" (instance $wasi:sockets/instance-network (type $ty-wasi:sockets/instance-network)))
`,
  },
  {
    name: 'sockets/tcp',
    needs: ['sockets/network', 'io/streams', 'clocks/monotonic-clock', 'io/poll'],
    text: String.raw`
  (alias export $wasi:sockets/network "network" (type $"#type37 network" (@name "network")))
  (alias export $wasi:sockets/network "ip-socket-address" (type $ip-socket-address))
  (alias export $wasi:sockets/network "error-code" (type $error-code))
  (alias export $wasi:io/streams "input-stream" (type $"#type40 input-stream" (@name "input-stream")))
  (alias export $wasi:io/streams "output-stream" (type $"#type41 output-stream" (@name "output-stream")))
  (alias export $wasi:sockets/network "ip-address-family" (type $ip-address-family))
  (alias export $wasi:clocks/monotonic-clock "duration" (type $duration))
  (alias export $wasi:io/poll "pollable" (type $"#type44 pollable" (@name "pollable")))
  (type $ty-wasi:sockets/tcp
    (instance
      (export "tcp-socket" (type (sub resource)))
      (alias outer 1 $"#type37 network" (type))
      (export "network" (type (eq 1)))
      (alias outer 1 $ip-socket-address (type))
      (export "ip-socket-address" (type (eq 3)))
      (alias outer 1 $error-code (type))
      (export "error-code" (type (eq 5)))
      (alias outer 1 $"#type40 input-stream" (type))
      (export "input-stream" (type (eq 7)))
      (alias outer 1 $"#type41 output-stream" (type))
      (export "output-stream" (type (eq 9)))
      (alias outer 1 $ip-address-family (type))
      (export "ip-address-family" (type (eq 11)))
      (alias outer 1 $duration (type))
      (export "duration" (type (eq 13)))
      (alias outer 1 $"#type44 pollable" (type))
      (export "pollable" (type (eq 15)))
      (type (enum "receive" "send" "both"))
      (export "shutdown-type" (type (eq 17)))
      (type (borrow 0))
      (type (borrow 2))
      (type (result (error 6)))
      (type (func (param "self" 19) (param "network" 20) (param "local-address" 4) (result 21)))
      (export "[method]tcp-socket.start-bind" (func (type 22)))
      (type (func (param "self" 19) (result 21)))
      (export "[method]tcp-socket.finish-bind" (func (type 23)))
      (type (func (param "self" 19) (param "network" 20) (param "remote-address" 4) (result 21)))
      (export "[method]tcp-socket.start-connect" (func (type 24)))
      (type (own 8))
      (type (own 10))
      (type (tuple 25 26))
      (type (result 27 (error 6)))
      (type (func (param "self" 19) (result 28)))
      (export "[method]tcp-socket.finish-connect" (func (type 29)))
      (export "[method]tcp-socket.start-listen" (func (type 23)))
      (export "[method]tcp-socket.finish-listen" (func (type 23)))
      (type (own 0))
      (type (tuple 30 25 26))
      (type (result 31 (error 6)))
      (type (func (param "self" 19) (result 32)))
      (export "[method]tcp-socket.accept" (func (type 33)))
      (type (result 4 (error 6)))
      (type (func (param "self" 19) (result 34)))
      (export "[method]tcp-socket.local-address" (func (type 35)))
      (export "[method]tcp-socket.remote-address" (func (type 35)))
      (type (func (param "self" 19) (result bool)))
      (export "[method]tcp-socket.is-listening" (func (type 36)))
      (type (func (param "self" 19) (result 12)))
      (export "[method]tcp-socket.address-family" (func (type 37)))
      (type (func (param "self" 19) (param "value" u64) (result 21)))
      (export "[method]tcp-socket.set-listen-backlog-size" (func (type 38)))
      (type (result bool (error 6)))
      (type (func (param "self" 19) (result 39)))
      (export "[method]tcp-socket.keep-alive-enabled" (func (type 40)))
      (type (func (param "self" 19) (param "value" bool) (result 21)))
      (export "[method]tcp-socket.set-keep-alive-enabled" (func (type 41)))
      (type (result 14 (error 6)))
      (type (func (param "self" 19) (result 42)))
      (export "[method]tcp-socket.keep-alive-idle-time" (func (type 43)))
      (type (func (param "self" 19) (param "value" 14) (result 21)))
      (export "[method]tcp-socket.set-keep-alive-idle-time" (func (type 44)))
      (export "[method]tcp-socket.keep-alive-interval" (func (type 43)))
      (export "[method]tcp-socket.set-keep-alive-interval" (func (type 44)))
      (type (result u32 (error 6)))
      (type (func (param "self" 19) (result 45)))
      (export "[method]tcp-socket.keep-alive-count" (func (type 46)))
      (type (func (param "self" 19) (param "value" u32) (result 21)))
      (export "[method]tcp-socket.set-keep-alive-count" (func (type 47)))
      (type (result u8 (error 6)))
      (type (func (param "self" 19) (result 48)))
      (export "[method]tcp-socket.hop-limit" (func (type 49)))
      (type (func (param "self" 19) (param "value" u8) (result 21)))
      (export "[method]tcp-socket.set-hop-limit" (func (type 50)))
      (type (result u64 (error 6)))
      (type (func (param "self" 19) (result 51)))
      (export "[method]tcp-socket.receive-buffer-size" (func (type 52)))
      (export "[method]tcp-socket.set-receive-buffer-size" (func (type 38)))
      (export "[method]tcp-socket.send-buffer-size" (func (type 52)))
      (export "[method]tcp-socket.set-send-buffer-size" (func (type 38)))
      (type (own 16))
      (type (func (param "self" 19) (result 53)))
      (export "[method]tcp-socket.subscribe" (func (type 54)))
      (type (func (param "self" 19) (param "shutdown-type" 18) (result 21)))
      (export "[method]tcp-socket.shutdown" (func (type 55)))
    )
  )
  (import "wasi:sockets/tcp@0.2.12" (instance $wasi:sockets/tcp (type $ty-wasi:sockets/tcp)))
`,
  },
  {
    name: 'sockets/tcp-create-socket',
    needs: ['sockets/network', 'sockets/tcp'],
    text: String.raw`
  (alias export $wasi:sockets/network "ip-address-family" (type $"#type46 ip-address-family" (@name "ip-address-family")))
  (alias export $wasi:sockets/tcp "tcp-socket" (type $tcp-socket))
  (alias export $wasi:sockets/network "error-code" (type $"#type48 error-code" (@name "error-code")))
  (type $ty-wasi:sockets/tcp-create-socket
    (instance
      (alias outer 1 $"#type46 ip-address-family" (type))
      (export "ip-address-family" (type (eq 0)))
      (alias outer 1 $tcp-socket (type))
      (export "tcp-socket" (type (eq 2)))
      (alias outer 1 $"#type48 error-code" (type))
      (export "error-code" (type (eq 4)))
      (type (own 3))
      (type (result 6 (error 5)))
      (type (func (param "address-family" 1) (result 7)))
      (export "create-tcp-socket" (func (type 8)))
    )
  )
  (import "wasi:sockets/tcp-create-socket@0.2.12" (instance $wasi:sockets/tcp-create-socket (type $ty-wasi:sockets/tcp-create-socket)))
`,
  },
  {
    name: 'sockets/udp',
    needs: ['sockets/network', 'io/poll'],
    text: String.raw`
  (alias export $wasi:sockets/network "network" (type $"#type50 network" (@name "network")))
  (alias export $wasi:sockets/network "ip-socket-address" (type $"#type51 ip-socket-address" (@name "ip-socket-address")))
  (alias export $wasi:sockets/network "error-code" (type $"#type52 error-code" (@name "error-code")))
  (alias export $wasi:sockets/network "ip-address-family" (type $"#type53 ip-address-family" (@name "ip-address-family")))
  (alias export $wasi:io/poll "pollable" (type $"#type54 pollable" (@name "pollable")))
  (type $ty-wasi:sockets/udp
    (instance
      (export "udp-socket" (type (sub resource)))
      (alias outer 1 $"#type50 network" (type))
      (export "network" (type (eq 1)))
      (alias outer 1 $"#type51 ip-socket-address" (type))
      (export "ip-socket-address" (type (eq 3)))
      (alias outer 1 $"#type52 error-code" (type))
      (export "error-code" (type (eq 5)))
      (export "incoming-datagram-stream" (type (sub resource)))
      (export "outgoing-datagram-stream" (type (sub resource)))
      (alias outer 1 $"#type53 ip-address-family" (type))
      (export "ip-address-family" (type (eq 9)))
      (alias outer 1 $"#type54 pollable" (type))
      (export "pollable" (type (eq 11)))
      (type (list u8))
      (type (record (field "data" 13) (field "remote-address" 4)))
      (export "incoming-datagram" (type (eq 14)))
      (type (option 4))
      (type (record (field "data" 13) (field "remote-address" 16)))
      (export "outgoing-datagram" (type (eq 17)))
      (type (borrow 0))
      (type (borrow 2))
      (type (result (error 6)))
      (type (func (param "self" 19) (param "network" 20) (param "local-address" 4) (result 21)))
      (export "[method]udp-socket.start-bind" (func (type 22)))
      (type (func (param "self" 19) (result 21)))
      (export "[method]udp-socket.finish-bind" (func (type 23)))
      (type (own 7))
      (type (own 8))
      (type (tuple 24 25))
      (type (result 26 (error 6)))
      (type (func (param "self" 19) (param "remote-address" 16) (result 27)))
      (export "[method]udp-socket.stream" (func (type 28)))
      (type (result 4 (error 6)))
      (type (func (param "self" 19) (result 29)))
      (export "[method]udp-socket.local-address" (func (type 30)))
      (export "[method]udp-socket.remote-address" (func (type 30)))
      (type (func (param "self" 19) (result 10)))
      (export "[method]udp-socket.address-family" (func (type 31)))
      (type (result u8 (error 6)))
      (type (func (param "self" 19) (result 32)))
      (export "[method]udp-socket.unicast-hop-limit" (func (type 33)))
      (type (func (param "self" 19) (param "value" u8) (result 21)))
      (export "[method]udp-socket.set-unicast-hop-limit" (func (type 34)))
      (type (result u64 (error 6)))
      (type (func (param "self" 19) (result 35)))
      (export "[method]udp-socket.receive-buffer-size" (func (type 36)))
      (type (func (param "self" 19) (param "value" u64) (result 21)))
      (export "[method]udp-socket.set-receive-buffer-size" (func (type 37)))
      (export "[method]udp-socket.send-buffer-size" (func (type 36)))
      (export "[method]udp-socket.set-send-buffer-size" (func (type 37)))
      (type (own 12))
      (type (func (param "self" 19) (result 38)))
      (export "[method]udp-socket.subscribe" (func (type 39)))
      (type (borrow 7))
      (type (list 15))
      (type (result 41 (error 6)))
      (type (func (param "self" 40) (param "max-results" u64) (result 42)))
      (export "[method]incoming-datagram-stream.receive" (func (type 43)))
      (type (func (param "self" 40) (result 38)))
      (export "[method]incoming-datagram-stream.subscribe" (func (type 44)))
      (type (borrow 8))
      (type (func (param "self" 45) (result 35)))
      (export "[method]outgoing-datagram-stream.check-send" (func (type 46)))
      (type (list 18))
      (type (func (param "self" 45) (param "datagrams" 47) (result 35)))
      (export "[method]outgoing-datagram-stream.send" (func (type 48)))
      (type (func (param "self" 45) (result 38)))
      (export "[method]outgoing-datagram-stream.subscribe" (func (type 49)))
    )
  )
  (import "wasi:sockets/udp@0.2.12" (instance $wasi:sockets/udp (type $ty-wasi:sockets/udp)))
`,
  },
  {
    name: 'sockets/udp-create-socket',
    needs: ['sockets/network', 'sockets/udp'],
    text: String.raw`
  (alias export $wasi:sockets/network "ip-address-family" (type $"#type56 ip-address-family" (@name "ip-address-family")))
  (alias export $wasi:sockets/udp "udp-socket" (type $udp-socket))
  (alias export $wasi:sockets/network "error-code" (type $"#type58 error-code" (@name "error-code")))
  (type $ty-wasi:sockets/udp-create-socket
    (instance
      (alias outer 1 $"#type56 ip-address-family" (type))
      (export "ip-address-family" (type (eq 0)))
      (alias outer 1 $udp-socket (type))
      (export "udp-socket" (type (eq 2)))
      (alias outer 1 $"#type58 error-code" (type))
      (export "error-code" (type (eq 4)))
      (type (own 3))
      (type (result 6 (error 5)))
      (type (func (param "address-family" 1) (result 7)))
      (export "create-udp-socket" (func (type 8)))
    )
  )
  (import "wasi:sockets/udp-create-socket@0.2.12" (instance $wasi:sockets/udp-create-socket (type $ty-wasi:sockets/udp-create-socket)))
`,
  },
  {
    name: 'sockets/ip-name-lookup',
    needs: ['sockets/network', 'io/poll'],
    text: String.raw`
  (alias export $wasi:sockets/network "network" (type $"#type60 network" (@name "network")))
  (alias export $wasi:sockets/network "error-code" (type $"#type61 error-code" (@name "error-code")))
  (alias export $wasi:sockets/network "ip-address" (type $ip-address))
  (alias export $wasi:io/poll "pollable" (type $"#type63 pollable" (@name "pollable")))
  (type $ty-wasi:sockets/ip-name-lookup
    (instance
      (alias outer 1 $"#type60 network" (type))
      (export "network" (type (eq 0)))
      (export "resolve-address-stream" (type (sub resource)))
      (alias outer 1 $"#type61 error-code" (type))
      (export "error-code" (type (eq 3)))
      (alias outer 1 $ip-address (type))
      (export "ip-address" (type (eq 5)))
      (alias outer 1 $"#type63 pollable" (type))
      (export "pollable" (type (eq 7)))
      (type (borrow 2))
      (type (option 6))
      (type (result 10 (error 4)))
      (type (func (param "self" 9) (result 11)))
      (export "[method]resolve-address-stream.resolve-next-address" (func (type 12)))
      (type (own 8))
      (type (func (param "self" 9) (result 13)))
      (export "[method]resolve-address-stream.subscribe" (func (type 14)))
      (type (borrow 1))
      (type (own 2))
      (type (result 16 (error 4)))
      (type (func (param "network" 15) (param "name" string) (result 17)))
      (export "resolve-addresses" (func (type 18)))
    )
  )
  (import "wasi:sockets/ip-name-lookup@0.2.12" (instance $wasi:sockets/ip-name-lookup (type $ty-wasi:sockets/ip-name-lookup)))
`,
  },
  {
    name: 'http/types',
    needs: ['io/error', 'clocks/monotonic-clock', 'io/streams', 'io/poll'],
    text: String.raw`
  (alias export $wasi:io/error "error" (type $"#type65 error" (@name "error")))
  (alias export $wasi:clocks/monotonic-clock "duration" (type $"#type66 duration" (@name "duration")))
  (alias export $wasi:io/streams "input-stream" (type $"#type67 input-stream" (@name "input-stream")))
  (alias export $wasi:io/poll "pollable" (type $"#type68 pollable" (@name "pollable")))
  (alias export $wasi:io/streams "output-stream" (type $"#type69 output-stream" (@name "output-stream")))
  (type $ty-wasi:http/types
    (instance
      (alias outer 1 $"#type65 error" (type))
      (export "io-error" (type (eq 0)))
      (type (option string))
      (type (option u16))
      (type (record (field "rcode" 2) (field "info-code" 3)))
      (export "DNS-error-payload" (type (eq 4)))
      (type (option u8))
      (type (record (field "alert-id" 6) (field "alert-message" 2)))
      (export "TLS-alert-received-payload" (type (eq 7)))
      (type (option u32))
      (type (record (field "field-name" 2) (field "field-size" 9)))
      (export "field-size-payload" (type (eq 10)))
      (type (option u64))
      (type (option 11))
      (type (variant (case "DNS-timeout") (case "DNS-error" 5) (case "destination-not-found") (case "destination-unavailable") (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused") (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" 8) (case "HTTP-request-denied") (case "HTTP-request-length-required") (case "HTTP-request-body-size" 12) (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long") (case "HTTP-request-header-section-size" 9) (case "HTTP-request-header-size" 13) (case "HTTP-request-trailer-section-size" 9) (case "HTTP-request-trailer-size" 11) (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" 9) (case "HTTP-response-header-size" 11) (case "HTTP-response-body-size" 12) (case "HTTP-response-trailer-section-size" 9) (case "HTTP-response-trailer-size" 11) (case "HTTP-response-transfer-coding" 2) (case "HTTP-response-content-coding" 2) (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected") (case "configuration-error") (case "internal-error" 2)))
      (export "error-code" (type (eq 14)))
      (export "fields" (type (sub resource)))
      (type string)
      (export "field-key" (type (eq 17)))
      (export "field-name" (type (eq 18)))
      (type (list u8))
      (export "field-value" (type (eq 20)))
      (type (variant (case "invalid-syntax") (case "forbidden") (case "immutable")))
      (export "header-error" (type (eq 22)))
      (export "incoming-request" (type (sub resource)))
      (type (variant (case "get") (case "head") (case "post") (case "put") (case "delete") (case "connect") (case "options") (case "trace") (case "patch") (case "other" string)))
      (export "method" (type (eq 25)))
      (type (variant (case "HTTP") (case "HTTPS") (case "other" string)))
      (export "scheme" (type (eq 27)))
      (export "headers" (type (eq 16)))
      (export "incoming-body" (type (sub resource)))
      (export "outgoing-request" (type (sub resource)))
      (export "outgoing-body" (type (sub resource)))
      (export "request-options" (type (sub resource)))
      (alias outer 1 $"#type66 duration" (type))
      (export "duration" (type (eq 34)))
      (export "response-outparam" (type (sub resource)))
      (export "outgoing-response" (type (sub resource)))
      (export "incoming-response" (type (sub resource)))
      (type u16)
      (export "status-code" (type (eq 39)))
      (alias outer 1 $"#type67 input-stream" (type))
      (export "input-stream" (type (eq 41)))
      (export "future-trailers" (type (sub resource)))
      (alias outer 1 $"#type68 pollable" (type))
      (export "pollable" (type (eq 44)))
      (export "trailers" (type (eq 16)))
      (alias outer 1 $"#type69 output-stream" (type))
      (export "output-stream" (type (eq 47)))
      (export "future-incoming-response" (type (sub resource)))
      (type (own 16))
      (type (func (result 50)))
      (export "[constructor]fields" (func (type 51)))
      (type (tuple 19 21))
      (type (list 52))
      (type (result 50 (error 23)))
      (type (func (param "entries" 53) (result 54)))
      (export "[static]fields.from-list" (func (type 55)))
      (type (borrow 16))
      (type (list 21))
      (type (func (param "self" 56) (param "name" 19) (result 57)))
      (export "[method]fields.get" (func (type 58)))
      (type (func (param "self" 56) (param "name" 19) (result bool)))
      (export "[method]fields.has" (func (type 59)))
      (type (result (error 23)))
      (type (func (param "self" 56) (param "name" 19) (param "value" 57) (result 60)))
      (export "[method]fields.set" (func (type 61)))
      (type (func (param "self" 56) (param "name" 19) (result 60)))
      (export "[method]fields.delete" (func (type 62)))
      (type (func (param "self" 56) (param "name" 19) (param "value" 21) (result 60)))
      (export "[method]fields.append" (func (type 63)))
      (type (func (param "self" 56) (result 53)))
      (export "[method]fields.entries" (func (type 64)))
      (type (func (param "self" 56) (result 50)))
      (export "[method]fields.clone" (func (type 65)))
      (type (borrow 24))
      (type (func (param "self" 66) (result 26)))
      (export "[method]incoming-request.method" (func (type 67)))
      (type (func (param "self" 66) (result 2)))
      (export "[method]incoming-request.path-with-query" (func (type 68)))
      (type (option 28))
      (type (func (param "self" 66) (result 69)))
      (export "[method]incoming-request.scheme" (func (type 70)))
      (export "[method]incoming-request.authority" (func (type 68)))
      (type (own 29))
      (type (func (param "self" 66) (result 71)))
      (export "[method]incoming-request.headers" (func (type 72)))
      (type (own 30))
      (type (result 73))
      (type (func (param "self" 66) (result 74)))
      (export "[method]incoming-request.consume" (func (type 75)))
      (type (own 31))
      (type (func (param "headers" 71) (result 76)))
      (export "[constructor]outgoing-request" (func (type 77)))
      (type (borrow 31))
      (type (own 32))
      (type (result 79))
      (type (func (param "self" 78) (result 80)))
      (export "[method]outgoing-request.body" (func (type 81)))
      (type (func (param "self" 78) (result 26)))
      (export "[method]outgoing-request.method" (func (type 82)))
      (type (result))
      (type (func (param "self" 78) (param "method" 26) (result 83)))
      (export "[method]outgoing-request.set-method" (func (type 84)))
      (type (func (param "self" 78) (result 2)))
      (export "[method]outgoing-request.path-with-query" (func (type 85)))
      (type (func (param "self" 78) (param "path-with-query" 2) (result 83)))
      (export "[method]outgoing-request.set-path-with-query" (func (type 86)))
      (type (func (param "self" 78) (result 69)))
      (export "[method]outgoing-request.scheme" (func (type 87)))
      (type (func (param "self" 78) (param "scheme" 69) (result 83)))
      (export "[method]outgoing-request.set-scheme" (func (type 88)))
      (export "[method]outgoing-request.authority" (func (type 85)))
      (type (func (param "self" 78) (param "authority" 2) (result 83)))
      (export "[method]outgoing-request.set-authority" (func (type 89)))
      (type (func (param "self" 78) (result 71)))
      (export "[method]outgoing-request.headers" (func (type 90)))
      (type (own 33))
      (type (func (result 91)))
      (export "[constructor]request-options" (func (type 92)))
      (type (borrow 33))
      (type (option 35))
      (type (func (param "self" 93) (result 94)))
      (export "[method]request-options.connect-timeout" (func (type 95)))
      (type (func (param "self" 93) (param "duration" 94) (result 83)))
      (export "[method]request-options.set-connect-timeout" (func (type 96)))
      (export "[method]request-options.first-byte-timeout" (func (type 95)))
      (export "[method]request-options.set-first-byte-timeout" (func (type 96)))
      (export "[method]request-options.between-bytes-timeout" (func (type 95)))
      (export "[method]request-options.set-between-bytes-timeout" (func (type 96)))
      (type (own 36))
      (type (own 37))
      (type (result 98 (error 15)))
      (type (func (param "param" 97) (param "response" 99)))
      (export "[static]response-outparam.set" (func (type 100)))
      (type (borrow 38))
      (type (func (param "self" 101) (result 40)))
      (export "[method]incoming-response.status" (func (type 102)))
      (type (func (param "self" 101) (result 71)))
      (export "[method]incoming-response.headers" (func (type 103)))
      (type (func (param "self" 101) (result 74)))
      (export "[method]incoming-response.consume" (func (type 104)))
      (type (borrow 30))
      (type (own 42))
      (type (result 106))
      (type (func (param "self" 105) (result 107)))
      (export "[method]incoming-body.stream" (func (type 108)))
      (type (own 43))
      (type (func (param "this" 73) (result 109)))
      (export "[static]incoming-body.finish" (func (type 110)))
      (type (borrow 43))
      (type (own 45))
      (type (func (param "self" 111) (result 112)))
      (export "[method]future-trailers.subscribe" (func (type 113)))
      (type (own 46))
      (type (option 114))
      (type (result 115 (error 15)))
      (type (result 116))
      (type (option 117))
      (type (func (param "self" 111) (result 118)))
      (export "[method]future-trailers.get" (func (type 119)))
      (type (func (param "headers" 71) (result 98)))
      (export "[constructor]outgoing-response" (func (type 120)))
      (type (borrow 37))
      (type (func (param "self" 121) (result 40)))
      (export "[method]outgoing-response.status-code" (func (type 122)))
      (type (func (param "self" 121) (param "status-code" 40) (result 83)))
      (export "[method]outgoing-response.set-status-code" (func (type 123)))
      (type (func (param "self" 121) (result 71)))
      (export "[method]outgoing-response.headers" (func (type 124)))
      (type (func (param "self" 121) (result 80)))
      (export "[method]outgoing-response.body" (func (type 125)))
      (type (borrow 32))
      (type (own 48))
      (type (result 127))
      (type (func (param "self" 126) (result 128)))
      (export "[method]outgoing-body.write" (func (type 129)))
      (type (result (error 15)))
      (type (func (param "this" 79) (param "trailers" 115) (result 130)))
      (export "[static]outgoing-body.finish" (func (type 131)))
      (type (borrow 49))
      (type (func (param "self" 132) (result 112)))
      (export "[method]future-incoming-response.subscribe" (func (type 133)))
      (type (own 38))
      (type (result 134 (error 15)))
      (type (result 135))
      (type (option 136))
      (type (func (param "self" 132) (result 137)))
      (export "[method]future-incoming-response.get" (func (type 138)))
      (type (borrow 1))
      (type (option 15))
      (type (func (param "err" 139) (result 140)))
      (export "http-error-code" (func (type 141)))
    )
  )
  (import "wasi:http/types@0.2.12" (instance $wasi:http/types (type $ty-wasi:http/types)))
`,
  },
  {
    name: 'http/outgoing-handler',
    needs: ['http/types'],
    text: String.raw`
  (alias export $wasi:http/types "outgoing-request" (type $outgoing-request))
  (alias export $wasi:http/types "request-options" (type $request-options))
  (alias export $wasi:http/types "future-incoming-response" (type $future-incoming-response))
  (alias export $wasi:http/types "error-code" (type $"#type74 error-code" (@name "error-code")))
  (type $ty-wasi:http/outgoing-handler
    (instance
      (alias outer 1 $outgoing-request (type))
      (export "outgoing-request" (type (eq 0)))
      (alias outer 1 $request-options (type))
      (export "request-options" (type (eq 2)))
      (alias outer 1 $future-incoming-response (type))
      (export "future-incoming-response" (type (eq 4)))
      (alias outer 1 $"#type74 error-code" (type))
      (export "error-code" (type (eq 6)))
      (type (own 1))
      (type (own 3))
      (type (option 9))
      (type (own 5))
      (type (result 11 (error 7)))
      (type (func (param "request" 8) (param "options" 10) (result 12)))
      (export "handle" (func (type 13)))
    )
  )
  (import "wasi:http/outgoing-handler@0.2.12" (instance $wasi:http/outgoing-handler (type $ty-wasi:http/outgoing-handler)))
`,
  },
];
