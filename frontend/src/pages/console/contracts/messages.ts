import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '任务与里程碑',
    sub: '您可以查看的任务书。',
    none: '还没有任务书。立项确认后由主管部门拟定。',
    number: '编号',
    topic: '榜题',
    state: '状态',
    amount: '经费（元）',
    next: '下一页',
  },
  {
    title: 'Contracts and milestones',
    sub: 'The contracts that you may read.',
    none: 'No contracts yet. The agency draws them up once awards are confirmed.',
    number: 'Number',
    topic: 'Challenge',
    state: 'State',
    amount: 'Amount (CNY)',
    next: 'Next page',
  },
);
