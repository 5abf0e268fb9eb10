export type { Answer } from './client';
export { call, text } from './client';
export { ApiProblem } from './problem';
export { queryClient, read, useDeed } from './query';
export { type Right, useCan } from './rights';
export type { components } from './schema';
export { enter, type Session, sessionQuery, useSession } from './session';
