import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { type Answer, call, read, useCan, useDeed } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { Button, Empty, PageHead, Panel, Ready, Refusal, Show } from '@/shared/ui';
import { m } from './messages';

type Expert = Answer<'/api/v1/officer/experts'>['items'][number];

/** The agency's pool of experts. */
export default function Experts() {
  const { cursor } = useSearch({ from: '/work/desk/experts' });
  const list = useQuery(read('/api/v1/officer/experts', { query: { cursor } }));
  const taxonomies = useQuery(read('/api/v1/taxonomies'));
  const version = taxonomies.data?.[0]?.version;
  const taxonomy = useQuery({
    ...read('/api/v1/taxonomies/{taxonomy}', { path: { taxonomy: version ?? '' } }),
    enabled: version !== undefined,
  });
  const tracks = new Map(taxonomy.data?.fields.flatMap((f) => f.tracks).map((t) => [t.code, pick(t.name)]));
  return (
    <>
      <PageHead title={m.title} sub={m.sub} />
      <Ready of={[list, taxonomy]}>
        <Show of={list}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty>{m.none}</Empty>
            ) : (
              <>
                <Panel flush>
                  <table className="tbl cards mid">
                    <thead>
                      <tr>
                        <th scope="col">{m.name}</th>
                        <th scope="col">{m.org}</th>
                        <th scope="col">{m.kind}</th>
                        <th scope="col">{m.tracks}</th>
                        <th scope="col">{m.state}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {page.items.map((e) => (
                        <Row key={e.id} expert={e} tracks={tracks} />
                      ))}
                    </tbody>
                  </table>
                </Panel>
                {page.next_cursor && (
                  <Link className="btn" to="/desk/experts" search={{ cursor: page.next_cursor }}>
                    {m.next}
                  </Link>
                )}
              </>
            )
          }
        </Show>
      </Ready>
    </>
  );
}

function Row({ expert, tracks }: { expert: Expert; tracks: Map<string, string> }) {
  const can = useCan();
  const deed = useDeed((_: undefined, key: string) =>
    call('post', '/api/v1/officer/experts/{expert_id}/activation', { path: { expert_id: expert.id }, key }),
  );
  return (
    <tr>
      <th scope="row">
        <span className="nw">{expert.person_name}</span>
      </th>
      <td data-l={m.org}>
        <span>{pick({ zh: expert.org_name, en: expert.org_name_en })}</span>
      </td>
      <td data-l={m.kind}>
        <span className="nw">{m.kinds[expert.kind]}</span>
      </td>
      <td data-l={m.tracks}>
        <span>{expert.tracks.map((t) => tracks.get(t) ?? t).join(' · ')}</span>
      </td>
      <td data-l={m.state}>
        {expert.status === 'active' ? (
          <span className="badge ok">{m.states.active}</span>
        ) : !can('expert.activate') ? (
          <span className="badge neutral">{m.states.applied}</span>
        ) : (
          <span>
            <Button
              size="small"
              busy={deed.isPending}
              aria-label={`${m.activate} ${expert.person_name}`}
              onClick={() => deed.mutate(undefined)}
            >
              {m.activate}
            </Button>
            <Refusal error={deed.error} />
          </span>
        )}
      </td>
    </tr>
  );
}
