import { useQuery } from '@tanstack/react-query';
import { type Answer, read } from '@/shared/api';
import { yuan } from '@/shared/lib/money';
import { Amount, Button, Empty, Notice, PageHead, Panel, Show } from '@/shared/ui';
import { m } from './messages';

type Trial = Answer<'/api/v1/ledger/trial-balance'>;

/** The funder's trial balance. */
export default function Ledger() {
  const trial = useQuery(read('/api/v1/ledger/trial-balance'));
  return (
    <>
      <PageHead title={m.title} sub={m.sub}>
        <p className="row no-print">
          {trial.data && <Button onClick={() => save(trial.data)}>{m.csv}</Button>}
          <Button onClick={() => window.print()}>{m.print}</Button>
        </p>
      </PageHead>
      <Show of={trial}>
        {(data) => {
          const sum = data.balances.reduce((total, b) => total + b.amount_minor, 0);
          if (data.balances.length === 0) return <Empty>{m.none}</Empty>;
          return (
            <div className="stack4">
              <Notice tone={sum === 0 ? 'ok' : 'danger'}>{sum === 0 ? m.balanced : m.unbalanced}</Notice>
              <Panel flush>
                <table className="tbl">
                  <thead>
                    <tr>
                      <th scope="col">{m.account}</th>
                      <th scope="col" className="r">
                        {m.amount}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.balances.map((b) => (
                      <tr key={b.account + b.currency}>
                        <th scope="row">{m.accounts[b.account]}</th>
                        <td className="r">
                          <Amount minor={b.amount_minor} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                  <tfoot>
                    <tr>
                      <th scope="row">{m.sum}</th>
                      <td className="r">
                        <Amount minor={sum} />
                      </td>
                    </tr>
                  </tfoot>
                </table>
              </Panel>
            </div>
          );
        }}
      </Show>
    </>
  );
}

function save(trial: Trial) {
  const lines = [
    [m.account, m.amount],
    ...trial.balances.map((b) => [m.accounts[b.account], yuan(b.amount_minor).replace('−', '-')]),
  ];
  const text = `\uFEFF${lines.map((cells) => cells.map((c) => `"${c}"`).join(',')).join('\r\n')}\r\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = 'ledger.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}
