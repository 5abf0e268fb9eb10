import { describe, expect, it } from 'vitest';
import { csv } from './csv';

describe('a table as a file', () => {
  it('keeps commas, quotes and lines inside their cell', () => {
    expect(csv([['a,b', 'say "so"', 'two\nlines', null, 3]])).toBe('\uFEFF"a,b","say ""so""","two\nlines",,3\r\n');
  });

  it('lets no spreadsheet compute what somebody typed', () => {
    expect(csv([['=HYPERLINK("x")', '+1', '-1', '@a', -1]])).toBe('\uFEFF"\'=HYPERLINK(""x"")",\'+1,\'-1,\'@a,-1\r\n');
  });
});
