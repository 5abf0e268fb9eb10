import { type ReactNode, useId } from 'react';

/** A titled block of a page. */
export function Panel({
  title,
  aside,
  children,
  footer,
  slip,
  flush,
}: {
  title?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  /** The page's official slip, its corner lifted: once a page. */
  slip?: boolean;
  /** Content that brings its own padding, such as a table. */
  flush?: boolean;
}) {
  const id = useId();
  return (
    <section className={`panel${slip ? ' slip' : ''}`} aria-labelledby={title ? id : undefined}>
      {title && (
        <header>
          <h2 id={id}>{title}</h2>
          {aside}
        </header>
      )}
      <div className={flush ? undefined : 'pb'}>{children}</div>
      {footer && <footer>{footer}</footer>}
    </section>
  );
}

/** A work page's head: where one is, what it is about, the state, and the one thing to do. */
export function PageHead({
  title,
  sub,
  above,
  children,
}: {
  title: ReactNode;
  sub?: ReactNode;
  above?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="head">
      <div>
        {above && <div className="row above">{above}</div>}
        <h1 tabIndex={-1}>{title}</h1>
        {sub && <p className="sub">{sub}</p>}
      </div>
      {children}
    </div>
  );
}
