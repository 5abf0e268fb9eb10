import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { DeskTopic } from '@/features/cycle/Frame';
import type { Facts } from '@/features/cycle/stages';
import { read } from '@/shared/api';

const AFTER_OPENING = ['screening', 'reviewing', 'proposed', 'public_notice', 'awarded'];
const WHILE_WAITING = 15_000;

/** What is known of a topic's cycle, read as far as its state has come; `broken` is a read that failed. */
export function useFacts(topic: DeskTopic): { facts: Facts; loading: boolean; broken: UseQueryResult | undefined } {
  const at = AFTER_OPENING.indexOf(topic.state);
  const path = { path: { topic_id: topic.id } };
  const applications = useQuery({
    ...read('/api/v1/topics/{topic_id}/applications', { ...path, query: { limit: 100 } }),
    enabled: topic.state === 'screening',
  });
  const rules = useQuery({ ...read('/api/v1/topics/{topic_id}', path), enabled: topic.state === 'screening' });
  const draws = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/draws', path),
    enabled: topic.state === 'screening',
  });
  const reviewing = topic.state === 'reviewing';
  const seats = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/panel', path),
    enabled: reviewing,
    refetchInterval: WHILE_WAITING,
  });
  const runs = useQuery({ ...read('/api/v1/officer/topics/{topic_id}/score-runs', path), enabled: reviewing });
  const lists = useQuery({ ...read('/api/v1/topics/{topic_id}/award-lists', path), enabled: at >= 2 });
  const list = lists.data?.at(-1);
  const notice = useQuery({
    ...read('/api/v1/notices/{notice_id}', { path: { notice_id: list?.notice_id ?? '' } }),
    enabled: topic.state === 'public_notice' && Boolean(list?.notice_id),
    refetchInterval: WHILE_WAITING,
  });
  const contracts = useQuery({ ...read('/api/v1/contracts', { query: { limit: 100 } }), enabled: at >= 4 });
  const all = [applications, rules, draws, seats, runs, lists, notice, contracts];
  return {
    loading: all.some((one) => one.isLoading),
    broken: all.find((one) => one.isError) as UseQueryResult | undefined,
    facts: {
      state: topic.state,
      applications: applications.data?.items,
      exceed: rules.data?.rules.eligible_must_exceed_awards ? rules.data.text.award_count : 0,
      draws: draws.data,
      seats: seats.data,
      runs: runs.data?.length,
      list: list && {
        status: list.status,
        winners: list.entries.filter((one) => one.outcome === 'recommended').length,
      },
      noticeEnded: notice.data?.state === 'ended',
      contracts: contracts.data?.items.filter((one) => one.topic_id === topic.id),
    },
  };
}
