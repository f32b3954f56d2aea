// The shapes that pages read, named as the domain names them. All come from the server's OpenAPI document.
import type { components } from './types';

export type Schemas = components['schemas'];
/** In an answer every field is there, an absent one as null; only what the server takes may leave fields out. */
export type Answered<Body> = Body extends (infer One)[]
  ? Answered<One>[]
  : Body extends object
    ? { [Key in keyof Body]-?: Answered<Exclude<Body[Key], undefined>> }
    : Body;
/** A list that has every word of a closed list; one that is missing is a type error. */
export const every =
  <Word extends string>() =>
  <const Words extends readonly Word[]>(...words: Words & ([Exclude<Word, Words[number]>] extends [never] ? unknown : { missing: Exclude<Word, Words[number]> })): readonly Word[] =>
    words;

export type VisitType = Schemas['VisitType'];
export type ParticipantKind = Schemas['ParticipantKind'];
export type SeatKind = Schemas['SeatKind'];
export type JoinVisit = Answered<Schemas['JoinVisit']>;
export type DocumentKind = Schemas['DocumentKind'];
export type DocumentSide = Schemas['Side'];
export type Picture = Schemas['Picture'];
/** Two pictures, equal on every side. */
export type CodePhrase = Picture[];
