/** Where a published topic stands, what comes next, and whose it is: from what the API tells, nothing else. */
export const STAGES = [
  'open',
  'close',
  'opening',
  'formal_check',
  'draw',
  'blind_copies',
  'review',
  'scores',
  'award_list',
  'notice',
  'contract',
] as const;
export type Stage = (typeof STAGES)[number];

/** The next thing that happens, and under which stage it falls. */
const STEPS = {
  wait_close: 'open',
  open_first: 'opening',
  open_second: 'opening',
  check: 'formal_check',
  few: 'formal_check',
  draw: 'draw',
  finish_draw: 'draw',
  wait_copies: 'blind_copies',
  held_copies: 'blind_copies',
  wait_reviews: 'review',
  overdue: 'review',
  compute: 'scores',
  propose: 'award_list',
  decide: 'award_list',
  give_notice: 'notice',
  wait_notice: 'notice',
  confirm: 'notice',
  draw_up: 'contract',
  sign: 'contract',
  done: 'contract',
} as const satisfies Record<string, Stage>;
export type Step = keyof typeof STEPS;

/** Who may take a step: a right of the policy. Where none is named, everybody waits. */
export const RIGHT_FOR: Partial<Record<Step, string>> = {
  open_first: 'applications.open',
  open_second: 'applications.open',
  check: 'applications.screen',
  draw: 'panel.draw',
  finish_draw: 'panel.draw',
  overdue: 'panel.draw',
  compute: 'panel.draw',
  propose: 'award.decide',
  decide: 'award.decide',
  give_notice: 'award.decide',
  confirm: 'award.decide',
  draw_up: 'contract.sign',
  sign: 'contract.sign',
};

/** The sub-page of the cycle on which a step is taken or watched. */
export const PAGES = ['cycle', 'applications', 'draws', 'panel', 'scores', 'awards'] as const;
export type CyclePage = (typeof PAGES)[number];
export const PAGE_FOR: Record<Stage, CyclePage> = {
  open: 'applications',
  close: 'applications',
  opening: 'applications',
  formal_check: 'applications',
  draw: 'draws',
  blind_copies: 'applications',
  review: 'panel',
  scores: 'scores',
  award_list: 'awards',
  notice: 'awards',
  contract: 'awards',
};

/** What is known of a cycle; what has not been read yet, or does not exist yet, is left out. */
export type Facts = {
  /** The topic's state at its desk: open and closed are told apart by the clock. */
  state: string;
  /** Who has begun the opening. */
  opener?: string | null;
  check?: { undecided: number; eligible: number };
  /** Awards that the topic offers, where its rules want more eligible applications than those. */
  exceed?: number;
  draws?: readonly { status: string }[];
  review?: {
    offered: number;
    accepted: number;
    overdue: number;
    copies_pending: number;
    copies_held: number;
    score_runs: number;
  };
  list?: { status: string; winners: number };
  noticeEnded?: boolean;
  contracts?: readonly { status: string }[];
};

const some = (rows: readonly { status: string }[] | undefined, ...states: string[]) =>
  rows?.some((row) => states.includes(row.status)) ?? false;

/** The step that a cycle waits for; null for a topic that is not in its cycle yet, or that this does not know. */
export function nextStep(facts: Facts): Step | null {
  switch (facts.state) {
    case 'open':
      return 'wait_close';
    case 'closed':
      return facts.opener ? 'open_second' : 'open_first';
    case 'screening': {
      if (facts.check?.undecided) return 'check';
      if (facts.check && facts.check.eligible <= (facts.exceed ?? 0)) return 'few';
      return some(facts.draws, 'seed_committed', 'frozen') ? 'finish_draw' : 'draw';
    }
    case 'reviewing': {
      const { review } = facts;
      if (review?.score_runs) return 'propose';
      if (review?.copies_held) return 'held_copies';
      if (review && review.offered + review.accepted === 0) return 'compute';
      if (review?.overdue) return 'overdue';
      return review?.copies_pending ? 'wait_copies' : 'wait_reviews';
    }
    case 'proposed':
      return facts.list?.status === 'decided' ? 'give_notice' : 'decide';
    case 'public_notice':
      return facts.noticeEnded ? 'confirm' : 'wait_notice';
    case 'awarded': {
      const made = facts.contracts?.length ?? 0;
      if (made < (facts.list?.winners ?? 1)) return 'draw_up';
      return some(facts.contracts, 'signing') ? 'sign' : 'done';
    }
    default:
      return null;
  }
}

export function stageOf(step: Step): Stage {
  return STEPS[step];
}

/** Each stage: done, now or still to come. */
export function progress(step: Step): { stage: Stage; is: 'done' | 'now' | 'todo' }[] {
  const at = STAGES.indexOf(STEPS[step]);
  return STAGES.map((stage, i) => ({ stage, is: step === 'done' || i < at ? 'done' : i === at ? 'now' : 'todo' }));
}
