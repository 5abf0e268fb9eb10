import type { components } from './schema';

export type Problem = components['schemas']['Problem'];

/** A refusal (RFC 9457) or an answer that never came; `status` 0 when the network gave none. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem> & { detail: string; code: string },
    readonly retryAfter: number | null = null,
  ) {
    super(problem.detail);
    this.name = 'ApiProblem';
  }

  get code(): string {
    return this.problem.code;
  }

  /** Nothing was decided: the same request may be sent again. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Somebody changed it since it was read. */
  get stale(): boolean {
    return this.status === 412 || this.status === 428;
  }

  /** Each faulty field by its JSON pointer, with what to do. */
  get fields(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const error of (this.problem.errors ?? []) as { pointer?: string; detail?: string }[]) {
      if (error.pointer && error.detail) found[error.pointer.replace(/^#?\//, '')] = error.detail;
    }
    return found;
  }
}
