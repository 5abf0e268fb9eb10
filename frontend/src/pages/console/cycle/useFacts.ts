import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { DeskTopic } from '@/features/cycle/Frame';
import type { Facts } from '@/features/cycle/stages';
import { read } from '@/shared/api';

const AFTER_OPENING = ['screening', 'reviewing', 'proposed', 'public_notice', 'awarded'];
const WHILE_WAITING = 15_000;

/** What is known of a topic's cycle, read as far as its state has come; `broken` is a read that failed. */
export function useFacts(topic: DeskTopic) {
  const at = AFTER_OPENING.indexOf(topic.state);
  const path = { path: { topic_id: topic.id } };
  const check = useQuery({
    ...read('/api/v1/topics/{topic_id}/formal-check', path),
    enabled: topic.state === 'screening',
  });
  const rules = useQuery({ ...read('/api/v1/topics/{topic_id}', path), enabled: topic.state === 'screening' });
  const draws = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/draws', path),
    enabled: topic.state === 'screening',
  });
  const review = useQuery({
    ...read('/api/v1/officer/topics/{topic_id}/review-progress', path),
    enabled: topic.state === 'reviewing',
    refetchInterval: WHILE_WAITING,
  });
  const lists = useQuery({ ...read('/api/v1/topics/{topic_id}/award-lists', path), enabled: at >= 2 });
  const list = lists.data?.at(-1);
  const notice = useQuery({
    ...read('/api/v1/notices/{notice_id}', { path: { notice_id: list?.notice_id ?? '' } }),
    enabled: topic.state === 'public_notice' && Boolean(list?.notice_id),
    refetchInterval: WHILE_WAITING,
  });
  const contracts = useQuery({
    ...read('/api/v1/contracts', { query: { topic: topic.id, limit: 100 } }),
    enabled: at >= 4,
  });
  const all = [check, rules, draws, review, lists, notice, contracts];
  const facts: Facts = {
    state: topic.state,
    opener: topic.opener?.person_name,
    check: check.data,
    exceed: rules.data?.rules.eligible_must_exceed_awards ? rules.data.text.award_count : 0,
    draws: draws.data,
    review: review.data,
    list: list && {
      status: list.status,
      winners: list.entries.filter((one) => one.outcome === 'recommended').length,
    },
    noticeEnded: notice.data?.state === 'ended',
    contracts: contracts.data?.items,
  };
  return {
    facts,
    check: check.data,
    review: review.data,
    loading: all.some((one) => one.isLoading),
    broken: all.find((one) => one.isError) as UseQueryResult | undefined,
  };
}
