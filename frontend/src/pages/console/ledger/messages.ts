import { messages } from '@/shared/i18n';

export const m = messages(
  {
    title: '账目',
    sub: '本单位出资的总账，借贷必须相等。',
    account: '科目',
    amount: '余额（元）',
    sum: '合计',
    balanced: '借贷相等',
    unbalanced: '借贷不等，请立即联系系统管理员',
    none: '还没有账目。',
    csv: '导出 CSV',
    print: '打印',
    accounts: {
      cash: '货币资金',
      appropriation: '财政拨款',
      commitment: '承诺',
      payable: '应付款',
      grant_expense: '资助支出',
    },
  },
  {
    title: 'Ledger',
    sub: 'The books of what your organisation funds; debits equal credits.',
    account: 'Account',
    amount: 'Balance (CNY)',
    sum: 'Total',
    balanced: 'Debits equal credits',
    unbalanced: 'Debits and credits differ: tell the administrator at once',
    none: 'No entries yet.',
    csv: 'Export CSV',
    print: 'Print',
    accounts: {
      cash: 'Cash',
      appropriation: 'Appropriation',
      commitment: 'Commitment',
      payable: 'Payable',
      grant_expense: 'Grant expense',
    },
  },
);
