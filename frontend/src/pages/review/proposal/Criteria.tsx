/** The rubric of one proposal: a score and a comment for each criterion. */
import { useState } from 'react';
import { pick } from '@/shared/i18n';
import { TextArea } from '@/shared/ui';
import { m } from './messages';
import { type Criterion, commentId, offered, parsed, type Scores, scoreId } from './rubric';

type Props = {
  criteria: readonly Criterion[];
  given: Scores;
  least: number;
  fixed: boolean;
  /** The criterion that number keys score. */
  marked: number;
  faults: readonly { id: string; text: string }[];
  onMark: (index: number) => void;
  onScore: (code: string, score: number | undefined) => void;
  onComment: (code: string, text: string) => void;
};

export function Criteria({ criteria, given, least, fixed, marked, faults, onMark, onScore, onComment }: Props) {
  const fault = (id: string) => faults.find((f) => f.id === id)?.text;
  return criteria.map((c, i) => (
    <fieldset key={c.code} className={`crt${marked === i && !fixed ? ' on' : ''}`} onFocus={() => onMark(i)}>
      <legend className="b">
        {i + 1}. {pick(c.name)} <span className="mut sm num">{m.weight(c.weight)}</span>
      </legend>
      <Score
        criterion={c}
        score={given.scores[c.code]}
        fixed={fixed}
        error={fault(scoreId(c.code))}
        onScore={(score) => onScore(c.code, score)}
      />
      <TextArea
        id={commentId(c.code)}
        label={m.comment(pick(c.name))}
        hint={m.commentHint(least)}
        error={fault(commentId(c.code))}
        max={4000}
        readOnly={fixed}
        value={given.comments[c.code] ?? ''}
        onChange={(event) => onComment(c.code, event.target.value)}
      />
    </fieldset>
  ));
}

type ScoreProps = {
  criterion: Criterion;
  score: number | undefined;
  fixed: boolean;
  error?: string;
  onScore: (score: number | undefined) => void;
};

/** Radio buttons where the scores are few; else a number to type, with its fifths to press. */
function Score({ criterion, score, fixed, error, onScore }: ScoreProps) {
  const { all, scores } = offered(criterion.score_max);
  const name = pick(criterion.name);
  const id = scoreId(criterion.code);
  return (
    <>
      {all ? (
        <div className="scores">
          {scores.map((n, i) => (
            <label key={n}>
              <input
                id={i === 0 ? id : undefined}
                type="radio"
                name={criterion.code}
                checked={score === n}
                disabled={fixed}
                aria-label={m.score(name, n)}
                onChange={() => onScore(n)}
              />
              {n}
            </label>
          ))}
        </div>
      ) : (
        <div className="scores">
          <Typed {...{ criterion, score, fixed, error, onScore }} />
          {!fixed &&
            scores.map((n) => (
              <button
                key={n}
                type="button"
                aria-label={m.score(name, n)}
                aria-pressed={score === n}
                onClick={() => onScore(n)}
              >
                {n}
              </button>
            ))}
        </div>
      )}
      {error && (
        <p className="t-danger sm above" id={`${id}-error`}>
          {error}
        </p>
      )}
    </>
  );
}

function Typed({ criterion, score, fixed, error, onScore }: ScoreProps) {
  const [typed, setTyped] = useState('');
  const most = criterion.score_max;
  // What was typed stays while it means the score that is held; keys and buttons overrule it.
  const text = parsed(typed, most) === score ? typed : String(score ?? '');
  const wrong = text !== '' && parsed(text, most) === undefined;
  const id = scoreId(criterion.code);
  return (
    <>
      <input
        id={id}
        className={`in num${wrong || error ? ' bad' : ''}`}
        inputMode="numeric"
        autoComplete="off"
        aria-label={m.scoreOf(pick(criterion.name), most)}
        aria-invalid={wrong || error ? true : undefined}
        aria-describedby={wrong ? `${id}-range` : error ? `${id}-error` : undefined}
        readOnly={fixed}
        value={text}
        onChange={(event) => {
          setTyped(event.target.value);
          onScore(parsed(event.target.value, most));
        }}
        onKeyDown={(event) => {
          const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
          if (!by || fixed) return;
          event.preventDefault();
          onScore(Math.max(0, Math.min(most, (score ?? 0) + by)));
        }}
      />
      <span className="mut num">/ {most}</span>
      {wrong && (
        <span className="t-danger sm range" id={`${id}-range`}>
          {m.range(most)}
        </span>
      )}
    </>
  );
}
