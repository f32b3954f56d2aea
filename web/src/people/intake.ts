// What an intake needs before it can be kept. "Not asked" is an answer; silence is not.
import type { Draft } from '../desk/answer';
import type { Birth } from '../desk/model';

export type BirthDraft = { kind: Birth['kind'] | undefined; date: string; earliest: number | undefined; latest: number | undefined };
export const blankBirth = (): BirthDraft => ({ kind: undefined, date: '', earliest: undefined, latest: undefined });

export type Gap = 'missing' | 'choose' | 'years';

function birthGap(birth: BirthDraft): Gap | undefined {
  if (birth.kind === undefined) return 'choose';
  if (birth.kind === 'exact') return birth.date ? undefined : 'missing';
  if (birth.kind === 'unknown') return undefined;
  const { earliest, latest } = birth;
  return earliest && latest && earliest <= latest ? undefined : 'years';
}

export function birthOf(birth: BirthDraft): Birth | undefined {
  if (birthGap(birth)) return undefined;
  if (birth.kind === 'exact') return { kind: 'exact', date: birth.date };
  if (birth.kind === 'approximate') return { kind: 'approximate', year_earliest: Number(birth.earliest), year_latest: Number(birth.latest) };
  return { kind: 'unknown' };
}

type Drafts = { site: string; names: string; birth: BirthDraft; language: string; child: Draft; protection: Draft };

export function gapsIn(draft: Drafts): Record<string, Gap | undefined> {
  const gaps: Record<string, Gap | undefined> = {
    site: draft.site ? undefined : 'missing',
    child_in_care: draft.child.choice ? undefined : 'choose',
    names_as_given: draft.names.trim() ? undefined : 'missing',
    birth: birthGap(draft.birth),
    language: draft.language ? undefined : 'missing',
    protection: draft.protection.choice ? undefined : 'choose',
  };
  return Object.fromEntries(Object.entries(gaps).filter(([, gap]) => gap !== undefined));
}
