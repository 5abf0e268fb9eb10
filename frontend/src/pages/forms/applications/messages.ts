import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '我的揭榜',
    sub: '您所在团队的全部申请。',
    none: '还没有揭榜申请。先看看与您专长相近的榜题？',
    find: '看榜单',
    team: '团队',
    topic: '榜题',
    state: '状态',
    deadline: '截止',
    receipt: '回执',
    lead: '负责人',
    member: '成员',
    next: '下一页',
  },
  {
    title: 'My applications',
    sub: 'Every bid of the teams you are in.',
    none: 'No applications yet. Shall we look for challenges in your field?',
    find: 'See the challenges',
    team: 'Team',
    topic: 'Challenge',
    state: 'State',
    deadline: 'Closes',
    receipt: 'Receipt',
    lead: 'Lead',
    member: 'Member',
    next: 'Next page',
  },
);
