import { act, renderHook } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { useKept } from './useKept';

const EMPTY = { name: '', rows: [''] };

describe('what is typed', () => {
  beforeEach(() => localStorage.clear());

  it('survives a reload until it is let go', () => {
    const first = renderHook(() => useKept('k', EMPTY));
    act(() => first.result.current[1]({ name: '水声定位', rows: ['a', 'b'] }));
    first.unmount();
    const second = renderHook(() => useKept('k', EMPTY));
    expect(second.result.current[0]).toEqual({ name: '水声定位', rows: ['a', 'b'] });
    act(() => second.result.current[2]());
    expect(second.result.current[0]).toEqual(EMPTY);
    second.unmount();
    expect(renderHook(() => useKept('k', EMPTY)).result.current[0]).toEqual(EMPTY);
  });

  it('is nobody else’s, and a broken copy is none', () => {
    localStorage.setItem('other', '{"name":');
    expect(renderHook(() => useKept('other', EMPTY)).result.current[0]).toEqual(EMPTY);
  });
});
