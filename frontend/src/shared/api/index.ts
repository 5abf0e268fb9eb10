export type { Answer } from './client';
export { call } from './client';
export { ApiProblem } from './problem';
export { queryClient, read, useDeed } from './query';
export type { components } from './schema';
export { enter, type Session, sessionQuery, useSession } from './session';
