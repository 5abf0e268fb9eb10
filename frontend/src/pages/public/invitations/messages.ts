import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '接受邀请',
    org: '有单位邀请您加入。接受后，您可以用该单位的身份办理。',
    team: '有团队邀请您的单位参加揭榜。请先切换到受邀单位的身份，再接受。',
    signIn: '请先登录；没有账号的话先注册，再回来点开这条链接。',
    go: '接受邀请',
    in: '登录',
    up: '注册',
    missing: '链接不完整。请从邀请邮件里重新点开链接。',
    doneOrg: '已加入单位。可在左上角切换身份。',
    doneTeam: '已加入团队。',
    work: '去我的待办',
    open: '打开申请',
  },
  {
    title: 'Accept an invitation',
    org: 'An organisation invites you to join. Once you accept, you can act for it.',
    team: 'A team invites your organisation to bid with it. Switch to that organisation first, then accept.',
    signIn: 'Sign in first. If you have no account yet, sign up, then open this link again.',
    go: 'Accept',
    in: 'Sign in',
    up: 'Sign up',
    missing: 'The link is incomplete. Open it again from the mail.',
    doneOrg: 'You have joined. Switch role at the top left.',
    doneTeam: 'You have joined the team.',
    work: 'To my work',
    open: 'Open the application',
  },
);
