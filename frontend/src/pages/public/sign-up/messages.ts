import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '注册',
    name: '姓名',
    nameHint: '用于团队、签署和通知；评审专家看不到。',
    email: '电子邮箱',
    emailHint: '我们会发一封验证邮件到这个邮箱。',
    password: '密码',
    passwordHint: '至少 12 个字符；一句好记的话最好。',
    go: '注册',
    have: '已有账号？',
    signIn: '登录',
    sent: '请查收邮件',
    sentBody: (email: string) =>
      `验证链接已发到 ${email}。点开链接后即可登录。几分钟后仍未收到，请检查垃圾邮件，或重新注册一次。`,
  },
  {
    title: 'Sign up',
    name: 'Name',
    nameHint: 'Used for teams, signatures and mail; reviewers never see it.',
    email: 'Email',
    emailHint: 'We send a verification mail to this address.',
    password: 'Password',
    passwordHint: 'At least 12 characters; a sentence that you remember is best.',
    go: 'Sign up',
    have: 'Have an account?',
    signIn: 'Sign in',
    sent: 'Look into your mail',
    sentBody: (email: string) =>
      `A verification link is on its way to ${email}. Open it, then sign in. If nothing arrives within minutes, look into the spam folder or sign up again.`,
  },
);
