import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '验证邮箱',
    about: '请输入注册时设置的密码，确认这是您的邮箱。确认后即可登录。',
    password: '注册时设置的密码',
    go: '确认邮箱',
    missing: '链接不完整。请从验证邮件里重新点开链接，或把整条链接复制到地址栏。',
    done: '邮箱已验证，可以登录了。',
    signIn: '登录',
  },
  {
    title: 'Verify your email',
    about: 'Enter the password that you chose at sign-up to confirm that this address is yours; then you can sign in.',
    password: 'The password you chose',
    go: 'Confirm',
    missing: 'The link is incomplete. Open it again from the mail, or copy all of it into the address bar.',
    done: 'Your address is verified; you can sign in.',
    signIn: 'Sign in',
  },
);
