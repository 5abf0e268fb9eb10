import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '起草榜题',
    sub: '先确定规则、出资方和最终用户；正文在下一页填写，随时自动保存。',
    rules: '规则集',
    funder: '出资方统一社会信用代码',
    endUser: '最终用户统一社会信用代码',
    endUserHint: '验收时由最终用户确认里程碑。',
    find: '查找',
    found: '已找到',
    notFound: '没有找到这个单位，请核对代码；未登记的单位须先登记。',
    needBoth: '请先找到出资方和最终用户。',
    go: '开始起草',
  },
  {
    title: 'Write a topic',
    sub: 'Rules, funder and end user first; the text comes on the next page and saves itself.',
    rules: 'Rule set',
    funder: "Funder's unified social credit code",
    endUser: "End user's unified social credit code",
    endUserHint: 'The end user confirms milestones at acceptance.',
    find: 'Find',
    found: 'Found',
    notFound: 'No organisation has this code. Check it; an organisation that is not registered has to register first.',
    needBoth: 'Find the funder and the end user first.',
    go: 'Begin writing',
  },
);
