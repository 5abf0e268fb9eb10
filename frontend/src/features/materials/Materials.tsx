/** A team's files of one part: choose or drop, watch them arrive and be checked, delete, download. */
import { IconAlertTriangle, IconCircleCheck, IconLoader, IconUpload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { type Answer, ApiProblem, call, read, useDeed } from '@/shared/api';
import { english, named } from '@/shared/i18n';
import { fileSize } from '@/shared/lib/bytes';
import { now } from '@/shared/lib/time';
import { Button, Dialog, Meter, Refusal, Show } from '@/shared/ui';
import { type Hashes, hashes } from '@/shared/upload/hash';
import { type Io, PART_BYTES, sendParts } from '@/shared/upload/parts';
import { put, StorageError } from '@/shared/upload/put';
import { Upload, type UploadState } from '@/shared/upload/uploader';
import { m } from './messages';
import './style.css';

export type Material = Answer<'/api/v1/teams/{team_id}/materials'>[number];
type Part = Material['part'];
type Link = Answer<'/api/v1/teams/{team_id}/materials', 'post'>;
type Running = { id: string; upload: Upload<Link, Hashes>; state: UploadState };

/** All files of a team; read again while any is under way. */
export function useMaterials(teamId: string) {
  return useQuery({
    ...read('/api/v1/teams/{team_id}/materials', { path: { team_id: teamId } }),
    refetchInterval: (query) => (query.state.data?.some((f) => f.status === 'pending') ? 2000 : false),
  });
}

async function inParts(materialId: string, file: File, { parts }: Hashes, io: Io) {
  const path = { material_id: materialId };
  const { upload_id, part_bytes, arrived } = await call('post', '/api/v1/materials/{material_id}/parts', {
    path,
    signal: io.signal,
  });
  if (upload_id === null) return; // the whole file is there
  await sendParts(
    {
      file,
      partBytes: part_bytes,
      arrived,
      sign: (number, signal) =>
        call('post', '/api/v1/materials/{material_id}/parts/link', {
          path,
          body: { upload_id, number, sha256: parts[number - 1] ?? '' },
          signal,
        }),
      put: (link, body, to) => put(link.url, link.headers, body, to),
    },
    io,
  );
  await call('post', '/api/v1/materials/{material_id}/parts/join', {
    path,
    body: { upload_id, sha256: parts },
    signal: io.signal,
  });
}

function useUploads(teamId: string, part: Part, milestoneId?: string) {
  const [running, setRunning] = useState<Running[]>([]);
  const client = useQueryClient();
  const all = useRef(running);
  all.current = running;
  useEffect(() => {
    const online = () => {
      for (const r of all.current) r.upload.nudge();
    };
    const leave = (event: BeforeUnloadEvent) => {
      if (all.current.some((r) => ['uploading', 'hashing', 'waiting'].includes(r.state.kind))) event.preventDefault();
    };
    window.addEventListener('online', online);
    window.addEventListener('beforeunload', leave);
    return () => {
      window.removeEventListener('online', online);
      window.removeEventListener('beforeunload', leave);
    };
  }, []);

  const add = (file: File) => {
    const id = crypto.randomUUID();
    const upload = new Upload<Link, Hashes>(
      file,
      {
        hash: hashes,
        announce: async (chosen, { sha256 }) => {
          // A file that was announced before and never arrived is gone on with.
          const known = await client.fetchQuery({
            ...read('/api/v1/teams/{team_id}/materials', { path: { team_id: teamId } }),
            staleTime: 0,
          });
          const same = known.find(
            (f) =>
              f.status === 'pending' &&
              f.sha256 === sha256 &&
              f.part === part &&
              (f.milestone_id ?? undefined) === milestoneId,
          );
          if (same) return call('post', '/api/v1/materials/{material_id}/upload', { path: { material_id: same.id } });
          return call('post', '/api/v1/teams/{team_id}/materials', {
            path: { team_id: teamId },
            body: {
              part,
              filename: chosen.name,
              size_bytes: chosen.size,
              content_type: 'application/pdf',
              sha256,
              milestone_id: milestoneId ?? null,
            },
            key: id,
          });
        },
        send: async (link, chosen, hashed, io) => {
          if (chosen.size > PART_BYTES) return inParts(link.material_id, chosen, hashed, io);
          try {
            await put(link.url, link.headers, chosen, io);
          } catch (error) {
            if (!(error instanceof StorageError && error.status === 403)) throw error;
            // The link was too old.
            const fresh = await call('post', '/api/v1/materials/{material_id}/upload', {
              path: { material_id: link.material_id },
              signal: io.signal,
            });
            await put(fresh.url, fresh.headers, chosen, io);
          }
        },
        complete: async (link) => {
          await call('post', '/api/v1/materials/{material_id}/complete', { path: { material_id: link.material_id } });
        },
        isPassing: (error) =>
          error instanceof ApiProblem
            ? error.passing
            : error instanceof StorageError && (error.status === 0 || error.status >= 500),
      },
      (state) => {
        setRunning((before) =>
          before.map((r) => (r.id === id ? { ...r, state } : r)).filter((r) => r.id !== id || state.kind !== 'done'),
        );
        if (state.kind === 'done' || state.kind === 'uploading')
          void client.invalidateQueries({ queryKey: ['/api/v1/teams/{team_id}/materials'] });
      },
    );
    setRunning((before) => [...before, { id, upload, state: upload.state }]);
    void upload.start();
  };
  const drop = (id: string) => {
    all.current.find((r) => r.id === id)?.upload.pause();
    setRunning((before) => before.filter((r) => r.id !== id));
  };
  return { running, add, drop };
}

export function Materials({
  teamId,
  part,
  milestoneId,
  label,
  limits,
  fixed,
}: {
  teamId: string;
  part: Part;
  milestoneId?: string;
  label: string;
  limits: { max_bytes: number; max_files: number };
  /** Nothing may be added or deleted any more. */
  fixed?: boolean;
}) {
  const files = useMaterials(teamId);
  const { running, add, drop } = useUploads(teamId, part, milestoneId);
  const [over, setOver] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const mine = (all: Material[]) => all.filter((f) => f.part === part && (f.milestone_id ?? undefined) === milestoneId);
  const take = (chosen: FileList | null) => {
    setWrong(null);
    for (const file of chosen ?? []) {
      if (file.type === 'application/pdf' || file.name.toLowerCase().endsWith('.pdf')) add(file);
      else setWrong(m.notPdf);
    }
    if (input.current) input.current.value = '';
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  const mb = Math.floor(limits.max_bytes / 1024 / 1024).toLocaleString(english ? 'en' : 'zh-CN');
  return (
    <section aria-label={label} className="files">
      <Show of={files}>
        {(all) => (
          <ul>
            {mine(all)
              .filter((f) => !(f.status === 'pending' && running.some((r) => r.upload.file.name === f.filename)))
              .map((f) => (
                <FileRow key={f.id} file={f} fixed={fixed} />
              ))}
            {running.map((r) => (
              <RunningRow key={r.id} running={r} onDrop={() => drop(r.id)} />
            ))}
            {mine(all).length + running.length === 0 && <li className="file mut">{m.none}</li>}
          </ul>
        )}
      </Show>
      {!fixed && (
        // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first
        <div
          className={`dropzone${over ? ' over' : ''}`}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={onDrop}
        >
          <span>
            {m.drop}{' '}
            <label className="btn s">
              <IconUpload className="i" aria-hidden />
              {m.add}
              <input
                ref={input}
                className="vh"
                type="file"
                accept="application/pdf,.pdf"
                multiple
                aria-label={named(label, m.add)}
                onChange={(e) => take(e.target.files)}
              />
            </label>
          </span>
          <p className="hint sm mut">{m.hint(mb, limits.max_files)}</p>
          {wrong && (
            <p role="alert" className="t-danger sm">
              {wrong}
            </p>
          )}
        </div>
      )}
    </section>
  );
}

function RunningRow({ running: { upload, state }, onDrop }: { running: Running; onDrop: () => void }) {
  const size = upload.file.size || 1;
  const percent = 'sent' in state ? Math.min(100, Math.floor((state.sent / size) * 100)) : 0;
  const say = {
    hashing: m.hashing,
    uploading: m.uploading(percent),
    paused: m.paused(percent),
    waiting: m.waiting,
    failed: m.failed,
    done: '',
  }[state.kind];
  return (
    <li className="file">
      {state.kind === 'failed' ? (
        <IconAlertTriangle className="i l t-danger" aria-hidden />
      ) : (
        <IconUpload className="i l t-acc" aria-hidden />
      )}
      <div className="grow">
        <div className="row sp nowrap">
          <span className="fn">{upload.file.name}</span>
          <span className="mut sm nw">{fileSize(upload.file.size)}</span>
        </div>
        {state.kind !== 'failed' && <Meter value={percent} of={100} label={upload.file.name} />}
        <p className="sm mut" role="status">
          {say}
        </p>
        {state.kind === 'failed' && (
          <Refusal
            error={
              state.error instanceof StorageError ? new Error(m.refusedBy(state.error.status)) : (state.error as Error)
            }
          />
        )}
      </div>
      {state.kind === 'uploading' || state.kind === 'waiting' ? (
        <Button size="small" onClick={() => upload.pause()}>
          {m.pause}
        </Button>
      ) : state.kind === 'paused' || state.kind === 'failed' ? (
        <>
          <Button size="small" onClick={() => void upload.start()}>
            {state.kind === 'paused' ? m.resume : m.retry}
          </Button>
          <Button size="small" look="quiet" onClick={onDrop}>
            {m.drop_it}
          </Button>
        </>
      ) : null}
    </li>
  );
}

function FileRow({ file, fixed }: { file: Material; fixed?: boolean }) {
  const [asking, setAsking] = useState(false);
  const away = useDeed(
    () => call('delete', '/api/v1/materials/{material_id}', { path: { material_id: file.id } }),
    () => setAsking(false),
  );
  const fetched = useDeed(
    () => call('post', '/api/v1/materials/{material_id}/download', { path: { material_id: file.id } }),
    ({ url }) => window.location.assign(url),
  );
  const refusal = file.refusal as { zh?: string; en?: string } | null;
  return (
    <li className="file">
      {file.status === 'checked' ? (
        <IconCircleCheck className="i l t-ok" aria-hidden />
      ) : file.status === 'refused' ? (
        <IconAlertTriangle className="i l t-danger" aria-hidden />
      ) : (
        <IconLoader className="i l t-info" aria-hidden />
      )}
      <div className="grow">
        <div className="row sp nowrap">
          <span className="fn">{file.filename}</span>
          <span className="mut sm nw">
            {file.pages ? `${m.pages(file.pages)} · ` : ''}
            {fileSize(file.size_bytes)}
          </span>
        </div>
        <p className={`sm ${file.status === 'refused' ? 't-danger' : 'mut'}`} role="status">
          {file.status === 'checked'
            ? m.checked
            : file.status === 'refused'
              ? named(m.refused, (english ? refusal?.en : refusal?.zh) ?? '')
              : now() - Date.parse(file.created_at) > 60_000
                ? m.again
                : m.checking}
        </p>
        <Refusal error={fetched.error} />
      </div>
      {file.status === 'checked' && (
        <Button
          size="small"
          look="quiet"
          aria-label={`${m.download} ${file.filename}`}
          onClick={() => fetched.mutate(undefined)}
        >
          {m.download}
        </Button>
      )}
      {!fixed && (
        <Button size="small" look="quiet" aria-label={`${m.remove} ${file.filename}`} onClick={() => setAsking(true)}>
          {m.remove}
        </Button>
      )}
      <Dialog title={m.remove} opened={asking} onClose={() => setAsking(false)}>
        <div className="stack4">
          <p>{m.sure(file.filename)}</p>
          <Refusal error={away.error} />
          <p className="row">
            <Button look="danger" busy={away.isPending} onClick={() => away.mutate(undefined)}>
              {m.really}
            </Button>
            <Button onClick={() => setAsking(false)}>{m.keep}</Button>
          </p>
        </div>
      </Dialog>
    </li>
  );
}
