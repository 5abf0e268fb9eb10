/** An offer as it is being written, and what it still lacks. */
export const KINDS = ['technical', 'industry', 'finance'] as const;
export type Kind = (typeof KINDS)[number];
export type Offer = {
  agency_id: string;
  org_id: string;
  kind: Kind | null;
  tracks: string[];
  directions: string[];
  publications: string[];
};
export const EMPTY: Offer = { agency_id: '', org_id: '', kind: null, tracks: [], directions: [], publications: [''] };

type Fault = { field: 'agency' | 'org' | 'kind' | 'tracks' } | { field: 'texts'; n: number };

export function faultsOf(offer: Offer): Fault[] {
  const faults: Fault[] = [];
  if (!offer.agency_id) faults.push({ field: 'agency' });
  if (!offer.org_id) faults.push({ field: 'org' });
  if (!offer.kind) faults.push({ field: 'kind' });
  if (offer.tracks.length === 0) faults.push({ field: 'tracks' });
  offer.publications.forEach((text, i) => {
    if (text.trim().length > 4000) faults.push({ field: 'texts', n: i + 1 });
  });
  return faults;
}

/** Choose or drop a track; directions of a dropped one go with it. */
export function toggled(offer: Offer, track: string, its: readonly string[]): Offer {
  if (!offer.tracks.includes(track)) return { ...offer, tracks: [...offer.tracks, track] };
  return {
    ...offer,
    tracks: offer.tracks.filter((one) => one !== track),
    directions: offer.directions.filter((one) => !its.includes(one)),
  };
}

/** The texts that say something. */
export const written = (texts: readonly string[]): string[] => texts.map((t) => t.trim()).filter(Boolean);
