import { messages } from '@/shared/i18n';

export const m = messages(
  {
    right: '事项',
    can: '您能否办理',
    why: '依据',
    holders: '谁可以办理',
    yes: '可以',
    no: '不可以',
    nobody: '目前无人',
    and: '、',
  },
  {
    right: 'Task',
    can: 'May you',
    why: 'Why',
    holders: 'Who may',
    yes: 'Yes',
    no: 'No',
    nobody: 'Nobody at present',
    and: ', ',
  },
);
