/** What a node says once it listens: where, what it allows, and what was made. A token is shown on a terminal alone. */
import type { Home } from './serve-home.ts';
import { showCount } from './quantities.ts';
import type { ServeFlags } from './serve-flags.ts';
import { safeJson } from './safe-text.ts';
import type { Server } from './start-server.ts';
import type { Terminal } from './terminal.ts';

export async function tellStart(server: Server, flags: ServeFlags, home: Home, terminal: Terminal): Promise<void> {
  const actions = await allowedActions(server);
  const { url, node, store, policy } = server;
  const { zone = '' } = flags;
  if (terminal.json) {
    // on one line: whoever starts a node waits for it
    const facts = { url, node, zone, data: home.folder, store, policy: policy?.name ?? null, actions };
    const tokens = { tokens: home.tokens.path, made: home.made, firstToken: home.first?.path ?? null };
    terminal.raw(`${safeJson({ ...facts, ...tokens }, 0)}\n`);
    return;
  }
  terminal.line(`${terminal.paint('good', 'listening')} on ${terminal.paint('strong', url)}`);
  terminal.line(`  node        ${node}${zone === '' ? '' : `, in zone ${zone}`}`);
  terminal.line(`  data        ${home.folder}`);
  terminal.line(`  store       ${store}`);
  terminal.line(
    `  policy      ${policy === null ? 'none: nothing is allowed to run' : `${policy.name}, ${flags.policy ?? ''}`}`,
  );
  if (policy !== null)
    terminal.line(`  may happen  ${actions.length === 0 ? 'nothing: no rule permits anything' : actions.join(', ')}`);
  terminal.line(`  tokens      ${showCount(home.tokens.list.length, 'token')} in ${home.tokens.path}`);
  if (home.made.length > 0) terminal.line(`  made        ${home.made.join(', ')}`);
  if (home.first === null) return;
  terminal.line(`  first token ${home.first.path}: may do all; make others with "sojourn token"`);
  if (terminal.watched) terminal.line(`              ${home.first.secret}`);
}

/** Those that a rule could permit. */
async function allowedActions({ policy }: Server): Promise<readonly string[]> {
  if (policy === null) return [];
  const { explainPolicySet } = await import('../policy/explain.ts');
  return explainPolicySet(policy).actions.flatMap(({ action, permits }) => (permits.length > 0 ? [action] : []));
}
