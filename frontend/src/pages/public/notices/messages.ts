import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '结果与公示',
    lead: '拟立项名单的公示，连同起止时间。公示期内任何人都可以提出异议。',
    none: '目前没有公示。',
    number: '公示编号',
    topic: '榜题',
    state: '状态',
    until: '截止',
    running: '公示中',
    ended: '公示期满',
    next: '下一页',
  },
  {
    title: 'Results and notices',
    lead: 'Proposed awards under public notice, with their dates. Anybody may object while a notice runs.',
    none: 'There are no notices at present.',
    number: 'Number',
    topic: 'Challenge',
    state: 'State',
    until: 'Until',
    running: 'Running',
    ended: 'Ended',
    next: 'Next page',
  },
);
