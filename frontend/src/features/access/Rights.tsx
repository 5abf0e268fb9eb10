import { IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import type { components } from '@/shared/api';
import { pick } from '@/shared/i18n';
import { m } from './messages';

type RightView = components['schemas']['RightView'];

/** Each thing that may be done here: whether the reader may, why, and who may. */
export function Rights({ rights }: { rights: readonly RightView[] }) {
  return (
    <table className="tbl cards g">
      <thead>
        <tr>
          <th scope="col">{m.right}</th>
          <th scope="col">{m.can}</th>
          <th scope="col">{m.why}</th>
          <th scope="col">{m.holders}</th>
        </tr>
      </thead>
      <tbody>
        {rights
          .filter((right) => right.here)
          .map((right) => (
            <tr key={right.code}>
              <th scope="row">{pick(right.title)}</th>
              <td className="st">
                {right.allowed ? (
                  <span className="badge ok">
                    <IconCircleCheck className="i" aria-hidden />
                    {m.yes}
                  </span>
                ) : (
                  <span className="badge neutral">
                    <IconCircleMinus className="i" aria-hidden />
                    {m.no}
                  </span>
                )}
              </td>
              <td data-l={m.why}>
                <span>{pick(right.why)}</span>
              </td>
              <td data-l={m.holders}>
                {right.holders.length === 0 ? (
                  <span className="mut">{m.nobody}</span>
                ) : (
                  <span>{right.holders.map((one) => one.person_name).join(m.and)}</span>
                )}
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
