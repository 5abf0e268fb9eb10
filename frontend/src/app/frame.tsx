/** What every frame has: the skip link, the offline banner, focus and title at each change of page. */
import { useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';
import { Notice } from '@/shared/ui';
import { m } from './words';

function listen(changed: () => void) {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}

export function OfflineBanner() {
  const online = useSyncExternalStore(listen, () => navigator.onLine);
  return (
    <div className="banner">
      {!online && (
        <Notice tone="warn" live="status">
          {m.offline}
        </Notice>
      )}
    </div>
  );
}

export function SkipLink() {
  return (
    <a className="skip" href="#main">
      {m.skip}
    </a>
  );
}

/** The page's own part. After a change of page the focus goes to it, and its heading becomes the window's title. */
export function Main({ children, className }: { children: ReactNode; className?: string }) {
  const path = useRouterState({ select: (s) => s.resolvedLocation?.pathname });
  const first = useRef(true);
  const main = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each change of page
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path]);
  useEffect(() => {
    const entitle = () => {
      const heading = main.current?.querySelector('h1')?.textContent?.trim();
      const title = heading ? `${heading} · ${m.site}` : m.site;
      if (document.title !== title) document.title = title;
    };
    entitle();
    const watch = new MutationObserver(entitle);
    if (main.current) watch.observe(main.current, { childList: true, subtree: true, characterData: true });
    return () => watch.disconnect();
  }, []);
  return (
    <main id="main" ref={main} tabIndex={-1} className={className}>
      {children}
    </main>
  );
}
