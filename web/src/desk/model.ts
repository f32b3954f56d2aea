// The shapes that the desk reads, named as the desk names them. All come from the server's OpenAPI document.
import { every, type Answered, type DocumentKind, type DocumentSide, type ParticipantKind, type Picture, type Schemas, type SeatKind, type VisitType } from '../api/model';

export type { DocumentKind, DocumentSide, ParticipantKind, Picture, SeatKind, VisitType };

export type Role = Schemas['Role'];
export type Relation = Schemas['Relation'];
export const relations = every<Relation>()('mother', 'father', 'sibling', 'child', 'grandparent', 'aunt_uncle', 'cousin', 'spouse_partner', 'other_family', 'other');
export type ContactRefusal = Schemas['ContactRefusal'];
export const contactRefusals = every<ContactRefusal>()('not_who_they_say', 'cannot_be_reached', 'contact_unsafe', 'person_withdrew', 'order_against_contact', 'other');
export type CancelReason = Schemas['CancelReason'];
export const cancelReasons = every<CancelReason>()('person_asked', 'contact_asked', 'site_not_available', 'moved', 'fell_ill', 'technical', 'other');
export type TurnAwayReason = Schemas['TurnAwayReason'];
export const turnAwayReasons = every<TurnAwayReason>()('not_the_expected_person', 'not_alone', 'intoxicated', 'unsafe', 'other');
export type Purpose = Schemas['ConsentPurpose'];
export const purposes = every<Purpose>()('contact_relative', 'verification', 'share_with_institution');
export type Conclusion = Schemas['Conclusion'];
export const conclusions = every<Conclusion>()('uphold', 'reject', 'not_enough');

export type Named = Schemas['Named'];
export type Me = Answered<Schemas['Me']>;
export type Site = Answered<Schemas['Site']>;
export type SiteRef = Schemas['SiteRef'];
export type Kiosk = Answered<Schemas['Kiosk']>;
export type EnrolmentCode = Schemas['EnrolmentCode'];
export type Institution = Answered<Schemas['Institution']>;
export type Official = Answered<Schemas['OfficialEntry']>;

export type Answer = Schemas['Answer'];
export type AnswerState = Answer['state'];
export type Birth = Schemas['Birth'];
export type Intake = Schemas['Intake'];
export type CaseSummary = Answered<Schemas['CaseSummary']>;
export type CaseFile = Answered<Schemas['CaseFile']>;
export type AskedAnswer = Answered<Schemas['AskedAnswer']>;
export type Consent = Answered<Schemas['Consent']>;
export type ConsentMode = Schemas['ConsentMode'];
export type Grant = Answered<Schemas['Grant']>;
export type Contact = Answered<Schemas['Contact']>;
export type SecondChannel = Schemas['SecondChannel'];

export type ClaimKind = Schemas['ClaimKind'];
export type ClaimLevel = Schemas['Level'];
export type ClaimSummary = Answered<Schemas['ClaimSummary']>;
export type ClaimFile = Answered<Schemas['ClaimFile']>;
export type Judgement = Answered<Schemas['Judgement']>;
export type SourceKind = Schemas['SourceKind'];
export const sourceKinds = every<SourceKind>()('civil_registry', 'consulate', 'school', 'health_service', 'religious_or_community_leader', 'prior_agency', 'other_relative', 'neighbour');
export type ReachedBy = Schemas['ReachedBy'];
export const reachedBys = every<ReachedBy>()('official_channel', 'number_found_by_us', 'in_person', 'number_from_claimant');
export type SourceOutcome = Schemas['SourceOutcome'];
export const sourceOutcomes = every<SourceOutcome>()('supports', 'contradicts', 'cannot_say');
export type HowSeen = Schemas['HowSeen'];
export type EvidenceSummary = Answered<Schemas['EvidenceSummary']>;

export type VisitState = Schemas['VisitState'];
export type VisitSummary = Answered<Schemas['VisitSummary']>;
export type Visit = Answered<Schemas['Visit']>;
export type Participant = Answered<Schemas['Participant']>;
export type ParticipantState = Schemas['Presence'];
export type TodayVisit = Answered<Schemas['TodayVisit']>;
export type Today = Answered<Schemas['Today']>;
export type Booking = Schemas['BookVisit'];
export type Message = Answered<Schemas['Message']>;
export type DocumentRequest = Answered<Schemas['DocumentRequest']>;
export type Package = Answered<Schemas['Export']>;
export type AccessEntry = Answered<Schemas['AccessEntry']>;

/** What the signed-in official may do here now; a missing key is answered by their roles. */
export type May = Record<string, boolean | undefined>;

export const nameOf = (ref: Named | null | undefined): string => ref?.name ?? '';
