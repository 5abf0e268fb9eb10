import { act, renderHook } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { useKept } from './useKept';

beforeEach(() => window.localStorage.clear());

it('keeps what was typed over a reload, until it is handed in', () => {
  const first = renderHook(() => useKept('a', { text: '', ground: '' }));
  act(() => first.result.current.set({ text: '缺少协议' }));
  first.unmount();
  const again = renderHook(() => useKept('a', { text: '', ground: '' }));
  expect(again.result.current.value).toEqual({ text: '缺少协议', ground: '' });
  act(() => again.result.current.drop());
  expect(again.result.current.value.text).toBe('');
  expect(window.localStorage.getItem('a')).toBeNull();
});

it('begins anew where the device holds nothing that can be read', () => {
  window.localStorage.setItem('a', '{');
  expect(renderHook(() => useKept('a', { text: '' })).result.current.value).toEqual({ text: '' });
});
