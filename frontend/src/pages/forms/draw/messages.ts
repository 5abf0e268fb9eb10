import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '参与专家抽取',
    about: '申请人一方有权在抽取专家时提交自己的随机数：由任一已提交申请的牵头人承诺，最先承诺的代表全体申请人。',
    none: '还没有宣布抽取。申请书开启、形式审查完成后，主管部门会宣布抽取，您会在这里看到。',
    notSubmitted: '团队没有提交申请，不参与本榜题的抽取。',
    notLead: '承诺和公开由团队负责人在自己的账号里完成；您可以查看全过程。',
    back: '回到申请书',
    record: '公开记录',
    parties: '各方的承诺与公开',
    how: '怎样保证公正',
  },
  {
    title: 'Take part in the draw of experts',
    about:
      'The applicants may put their own random bytes into the draw: the lead of any submitted application commits, and the first who does speaks for all.',
    none: 'No draw has been announced. After the opening and the formal check the agency announces one, and you see it here.',
    notSubmitted: 'The team submitted no application, so it takes no part in this draw.',
    notLead: "The team's lead commits and reveals, from the lead's own account; you may follow every step.",
    back: 'Back to the application',
    record: 'Public record',
    parties: 'Commitments and shares',
    how: 'What keeps it fair',
  },
);
