import { messages, plural } from '@/shared/i18n';

export const m = messages(
  {
    title: '我的待办',
    sub: '按您现在的身份列出；切换身份后，列出的事项随之改变。',
    none: '目前没有待办。',
    find: '看榜单',
    draft: (name: string) => `完成并提交申请：${name}`,
    offer: (name: string) => `答复评审邀请：${name}`,
    review: (name: string, n: number) => `评审 ${n} 份申请：${name}`,
    topic: (name: string, step: string) => `${step}：${name}`,
    sign: (n: string) => `签署任务书 ${n}`,
    by: '截止',
    steps: { draft: '完成榜题草稿', review: '法制与财政审核', legal_passed: '批准榜题', approved: '发榜' },
  },
  {
    title: 'My work',
    sub: 'For the organisation you act for; switch role to see what else is due.',
    none: 'Nothing is due.',
    find: 'See the challenges',
    draft: (name: string) => `Finish and submit: ${name}`,
    offer: (name: string) => `Answer an invitation to review: ${name}`,
    review: (name: string, n: number) => `Review ${plural(n, 'proposal')}: ${name}`,
    topic: (name: string, step: string) => `${step}: ${name}`,
    sign: (n: string) => `Sign contract ${n}`,
    by: 'Due',
    steps: {
      draft: 'Finish the draft',
      review: 'Legal and budget review',
      legal_passed: 'Approve the topic',
      approved: 'Publish',
    },
  },
);
