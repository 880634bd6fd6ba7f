/** The stream that holds the objects: nothing in it goes away by itself. */
import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import { SojournError } from '../../errors.ts';

const EXISTS_OTHERWISE = 10_058;

/** Makes the stream where there is none. Errors: `store.failed` for one that would drop messages or does not keep them in files. */
export async function ensureStream(jsm: JetStreamManager, name: string, replicas: number): Promise<void> {
  const config = {
    name,
    subjects: [`${name}.object.*`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    allow_direct: true,
    max_msgs_per_subject: -1,
    max_age: 0,
  };
  try {
    await jsm.streams.add(config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === EXISTS_OTHERWISE)) throw error;
    expectUsable((await jsm.streams.info(name)).config, config.subjects);
  }
}

/** An operator may have made it, with other bounds and more copies. */
function expectUsable(found: StreamConfig, subjects: readonly string[]): void {
  const faults = [
    found.storage === StorageType.File ? null : 'storage file',
    found.discard === DiscardPolicy.New ? null : 'discard new',
    found.retention === RetentionPolicy.Limits ? null : 'retention limits',
    found.max_age === 0 ? null : 'no max_age',
    found.max_msgs_per_subject === -1 ? null : 'no max_msgs_per_subject',
    found.allow_direct ? null : 'allow_direct',
    subjects.every((subject) => found.subjects.includes(subject)) ? null : `subjects ${subjects.join(', ')}`,
  ].filter((fault) => fault !== null);
  if (faults.length === 0) return;
  throw new SojournError(
    'store.failed',
    `stream ${found.name}: expected ${faults.join(' and ')}, found another configuration; change it`,
  );
}
