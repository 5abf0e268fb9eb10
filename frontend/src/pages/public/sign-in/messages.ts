import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '登录',
    email: '电子邮箱',
    password: '密码',
    go: '登录',
    none: '还没有账号？',
    signUp: '注册',
    already: '您已登录。',
    on: '继续',
  },
  {
    title: 'Sign in',
    email: 'Email',
    password: 'Password',
    go: 'Sign in',
    none: 'No account yet?',
    signUp: 'Sign up',
    already: 'You are signed in.',
    on: 'Go on',
  },
);
