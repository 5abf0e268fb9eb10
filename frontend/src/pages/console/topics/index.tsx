import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { read, useCan } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Empty, PageHead, Panel, Show, StateBadge, When } from '@/shared/ui';
import { m } from './messages';

/** The agency's topics, newest first, each with what must happen next. */
export default function Topics() {
  const { cursor } = useSearch({ from: '/work/desk/topics' });
  const list = useQuery(read('/api/v1/officer/topics', { query: { cursor } }));
  const fresh = useCan()('topic.create') && (
    <Link className="btn p" to="/desk/topics/new">
      {m.fresh}
    </Link>
  );
  return (
    <>
      <PageHead title={m.title} sub={m.sub}>
        {fresh}
      </PageHead>
      <Show of={list}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty>{m.none}</Empty>
          ) : (
            <>
              <Panel flush>
                <table className="tbl cards g mid">
                  <thead>
                    <tr>
                      <th scope="col">{m.topic}</th>
                      <th scope="col">{m.state}</th>
                      <th scope="col">{m.next}</th>
                      <th scope="col">{m.closes}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map((t) => {
                      const title = pick({ zh: t.title_zh, en: t.title_en }) || m.untitled;
                      return (
                        <tr key={t.id}>
                          <th scope="row">
                            <Link to="/desk/topics/$topicId" params={{ topicId: t.id }}>
                              {title}
                            </Link>
                            <span className="mono dim sm"> {t.code}</span>
                          </th>
                          <td className="st">
                            <StateBadge group="topic" state={t.state} />
                          </td>
                          <td data-l={m.next}>
                            <span>
                              {t.published_at ? (
                                <Link to="/desk/topics/$topicId/cycle" params={{ topicId: t.id }}>
                                  {m.steps[t.state as keyof typeof m.steps]}
                                  <span className="vh">{m.cycleOf(title)}</span>
                                </Link>
                              ) : (
                                m.steps[t.state as keyof typeof m.steps]
                              )}
                            </span>
                          </td>
                          <td data-l={m.closes}>
                            <span>{t.closes_at ? <When at={t.closes_at} /> : '–'}</span>
                          </td>
                        </tr>
                      );
                    })}
                  </tbody>
                </table>
              </Panel>
              {page.next_cursor && (
                <Link className="btn" to="/desk/topics" search={{ cursor: page.next_cursor }}>
                  {m.page}
                </Link>
              )}
            </>
          )
        }
      </Show>
    </>
  );
}
