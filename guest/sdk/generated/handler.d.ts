/// <reference path="./interfaces/sojourn-object-advice.d.ts" />
/// <reference path="./interfaces/sojourn-object-children.d.ts" />
/// <reference path="./interfaces/sojourn-object-clock.d.ts" />
/// <reference path="./interfaces/sojourn-object-http.d.ts" />
/// <reference path="./interfaces/sojourn-object-kv.d.ts" />
/// <reference path="./interfaces/sojourn-object-log.d.ts" />
/// <reference path="./interfaces/sojourn-object-memory.d.ts" />
/// <reference path="./interfaces/sojourn-object-random.d.ts" />
/// <reference path="./interfaces/sojourn-object-signals.d.ts" />
/// <reference path="./interfaces/sojourn-object-situation.d.ts" />
/// <reference path="./interfaces/sojourn-object-tools.d.ts" />
/// <reference path="./interfaces/sojourn-object-types.d.ts" />
declare module 'sojourn:object/handler@0.2.0' {
  export type Situation = import('sojourn:object/situation@0.2.0').Situation;
  export type Proposal = import('sojourn:object/situation@0.2.0').Proposal;
  export type HandlerError = import('sojourn:object/situation@0.2.0').HandlerError;
  export type * as SojournObjectAdvice020 from 'sojourn:object/advice@0.2.0'; // import sojourn:object/advice@0.2.0
  export type * as SojournObjectChildren020 from 'sojourn:object/children@0.2.0'; // import sojourn:object/children@0.2.0
  export type * as SojournObjectClock020 from 'sojourn:object/clock@0.2.0'; // import sojourn:object/clock@0.2.0
  export type * as SojournObjectHttp020 from 'sojourn:object/http@0.2.0'; // import sojourn:object/http@0.2.0
  export type * as SojournObjectKv020 from 'sojourn:object/kv@0.2.0'; // import sojourn:object/kv@0.2.0
  export type * as SojournObjectLog020 from 'sojourn:object/log@0.2.0'; // import sojourn:object/log@0.2.0
  export type * as SojournObjectMemory020 from 'sojourn:object/memory@0.2.0'; // import sojourn:object/memory@0.2.0
  export type * as SojournObjectRandom020 from 'sojourn:object/random@0.2.0'; // import sojourn:object/random@0.2.0
  export type * as SojournObjectSignals020 from 'sojourn:object/signals@0.2.0'; // import sojourn:object/signals@0.2.0
  export type * as SojournObjectSituation020 from 'sojourn:object/situation@0.2.0'; // import sojourn:object/situation@0.2.0
  export type * as SojournObjectTools020 from 'sojourn:object/tools@0.2.0'; // import sojourn:object/tools@0.2.0
  export type * as SojournObjectTypes020 from 'sojourn:object/types@0.2.0'; // import sojourn:object/types@0.2.0
  /**
  * Called once a cycle, in a sandbox that no other evaluation has touched. The proposal is checked, decided on by
  * policy, and only then carried out by the host.
  */
  export function handle(situation: Situation): Proposal;
  export type Result<T, E> = { tag: 'ok', val: T } | { tag: 'err', val: E };
}
