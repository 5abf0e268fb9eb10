import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '专家库',
    sub: '核验通过的专家才会进入抽取。核验专家的人不得抽取专家。',
    none: '还没有人申请进入专家库。',
    name: '专家',
    org: '单位',
    kind: '类别',
    kinds: { technical: '技术', industry: '产业', finance: '金融' },
    tracks: '赛道',
    state: '状态',
    states: { applied: '待核验', active: '已入库' },
    activate: '核验入库',
    next: '下一页',
  },
  {
    title: 'Expert pool',
    sub: 'Only verified experts are drawn. Whoever verifies experts does not draw them.',
    none: 'Nobody has applied to the pool yet.',
    name: 'Expert',
    org: 'Organisation',
    kind: 'Kind',
    kinds: { technical: 'Technical', industry: 'Industry', finance: 'Finance' },
    tracks: 'Tracks',
    state: 'State',
    states: { applied: 'To be verified', active: 'In the pool' },
    activate: 'Verify',
    next: 'Next page',
  },
);
