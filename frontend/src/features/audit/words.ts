/** An entry of the audit log in words; what has none shows the log's own name for it. */
import { m } from './messages';

export const actionName = (action: string): string => m.actions[action] ?? action;
export const kindName = (kind: string): string => m.kinds[kind] ?? kind;
export const deskName = (login: string): string => m.desks[login] ?? login;

/** Who did it: a person, the system, or somebody who was not signed in. */
export function actorName(entry: { actor_name: string | null; login: string }): string {
  return entry.actor_name ?? (entry.login === 'jiebang_worker' ? m.system : m.nobody);
}

const groups = new Map<string, string[]>();
for (const action of Object.keys(m.actions)) {
  const prefix = `${action.split('.')[0]}.`;
  groups.set(prefix, [...(groups.get(prefix) ?? []), action]);
}

/** All actions, by how their names begin: `topic.` with its own, in the log's order. */
export const ACTIONS: readonly (readonly [prefix: string, actions: readonly string[]])[] = [...groups];
