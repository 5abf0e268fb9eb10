import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { basepath } from '@/shared/i18n';
import { ErrorState, Lines, NotFound } from '@/shared/ui';
import { PublicShell } from './PublicShell';
import { WorkShell } from './WorkShell';

const root = createRootRoute({ component: Outlet });
const open = createRoute({ getParentRoute: () => root, id: 'open', component: PublicShell });
const work = createRoute({ getParentRoute: () => root, id: 'work', component: WorkShell });

type Load = () => Promise<{ default: ComponentType }>;

// Filters live in the address: each page names its own, all are optional words.
function filters<const N extends string>(names: readonly N[]) {
  return (given: Record<string, unknown>) => {
    const kept: { [K in N]?: string } = {};
    for (const name of names) {
      const value = given[name];
      if (typeof value === 'string' && value) kept[name] = value;
      else if (typeof value === 'number') kept[name] = String(value);
    }
    return kept;
  };
}

// For everybody: the public frame.
function shown<const P extends string, const N extends string = never>(path: P, load: Load, names: readonly N[] = []) {
  return createRoute({
    getParentRoute: () => open,
    path,
    component: lazyRouteComponent(load),
    validateSearch: filters(names),
  });
}

// For the signed-in: the frame with the rail.
function kept<const P extends string, const N extends string = never>(path: P, load: Load, names: readonly N[] = []) {
  return createRoute({
    getParentRoute: () => work,
    path,
    component: lazyRouteComponent(load),
    validateSearch: filters(names),
  });
}

const tree = root.addChildren([
  open.addChildren([
    shown('/', () => import('@/pages/public/topics'), ['field', 'track', 'state', 'q', 'cursor']),
    shown('/topics/$topicId', () => import('@/pages/public/topic')),
    shown('/topics/$topicId/draws/$n', () => import('@/pages/public/draw')),
    shown('/notices', () => import('@/pages/public/notices'), ['cursor']),
    shown('/notices/$noticeId', () => import('@/pages/public/notice')),
    shown('/audit', () => import('@/pages/public/audit'), ['cursor']),
    shown('/sign-in', () => import('@/pages/public/sign-in'), ['next']),
    shown('/sign-up', () => import('@/pages/public/sign-up'), ['next']),
    shown('/verify', () => import('@/pages/public/verify')),
    shown('/invitations', () => import('@/pages/public/invitations')),
    shown('/team-invitations', () => import('@/pages/public/invitations')),
    shown('/$', () => import('@/pages/public/not-found')),
  ]),
  work.addChildren([
    kept('/work', () => import('@/pages/console/work')),
    kept('/organisation', () => import('@/pages/forms/organisation')),
    kept('/applications', () => import('@/pages/forms/applications'), ['cursor']),
    kept('/applications/$teamId', () => import('@/pages/forms/application'), ['section']),
    kept('/applications/$teamId/submit', () => import('@/pages/forms/submit')),
    kept('/applications/$teamId/draw', () => import('@/pages/forms/draw')),
    kept('/review', () => import('@/pages/review/queue')),
    kept('/review/assignments/$assignmentId', () => import('@/pages/review/assignment')),
    kept('/review/proposals/$proposalId', () => import('@/pages/review/proposal')),
    kept('/desk/topics', () => import('@/pages/console/topics'), ['status', 'cursor']),
    kept('/desk/topics/new', () => import('@/pages/forms/topic-new')),
    kept('/desk/topics/$topicId', () => import('@/pages/forms/topic'), ['section']),
    kept('/desk/topics/$topicId/cycle', () => import('@/pages/console/cycle')),
    kept('/desk/topics/$topicId/draws', () => import('@/pages/console/draws'), ['n']),
    kept('/desk/topics/$topicId/applications', () => import('@/pages/console/bids'), ['cursor']),
    kept('/desk/topics/$topicId/applications/$applicationId', () => import('@/pages/console/bid')),
    kept('/desk/topics/$topicId/panel', () => import('@/pages/console/panel')),
    kept('/desk/topics/$topicId/scores', () => import('@/pages/console/scores')),
    kept('/desk/topics/$topicId/awards', () => import('@/pages/console/awards')),
    kept('/desk/topics/$topicId/people', () => import('@/pages/console/topic-people')),
    kept('/desk/topics/$topicId/incident', () => import('@/pages/console/incident'), ['cursor']),
    kept('/desk/experts', () => import('@/pages/console/experts'), ['cursor']),
    kept('/contracts', () => import('@/pages/console/contracts'), ['cursor']),
    kept('/contracts/$contractId', () => import('@/pages/console/contract')),
    kept('/milestones/$milestoneId', () => import('@/pages/console/milestone')),
    kept('/ledger', () => import('@/pages/console/ledger')),
    kept('/access', () => import('@/pages/console/access')),
    kept('/supervision', () => import('@/pages/console/supervision'), [
      'action',
      'actor',
      'object',
      'topic',
      'since',
      'until',
      'cursor',
    ]),
    kept('/expertise', () => import('@/pages/forms/expertise'), ['topic']),
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  basepath,
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Lines rows={8} />,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
