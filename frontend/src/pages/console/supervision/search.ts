/** What is looked for, as the address has it, and as the API takes it. */
export type Found = {
  action?: string;
  actor?: string;
  object?: string;
  topic?: string;
  since?: string;
  until?: string;
  cursor?: string;
};

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const id = (text: string | undefined) => (text && UUID.test(text) ? text : undefined);
const instant = (text: string | undefined) => (text && !Number.isNaN(Date.parse(text)) ? text : undefined);

/** The API's query; what somebody broke in the address is left out. */
export function queryOf(found: Found) {
  return {
    action: found.action && /^[a-z_.]{1,60}$/.test(found.action) ? found.action : undefined,
    actor_id: id(found.actor),
    object_id: id(found.object),
    topic_id: id(found.topic),
    since: instant(found.since),
    until: instant(found.until),
  };
}
