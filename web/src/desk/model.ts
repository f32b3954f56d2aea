// The shapes that the desk reads. The contract is the server's OpenAPI document.
import type { DocumentKind, DocumentSide, ParticipantKind, SeatKind, VisitType } from '../api/model';
import type { ClaimLevel } from '../ui/level';
import type { CodePhrase } from '../ui/pictures';

export type { ClaimLevel, CodePhrase, DocumentKind, DocumentSide, ParticipantKind, SeatKind, VisitType };

export const roles = [
  'intake', 'attendant', 'scheduler', 'supervisor', 'interpreter', 'verifier', 'decider', 'appeal_reviewer', 'consul', 'child_consul',
  'lawyer', 'clinician', 'protection_officer', 'referral_team', 'institution_admin', 'monitor', 'operator',
] as const;
export type Role = (typeof roles)[number];

export const relations = [
  'mother', 'father', 'sibling', 'child', 'grandparent', 'aunt_uncle', 'cousin', 'spouse_partner', 'other_family', 'other',
] as const;
export type Relation = (typeof relations)[number];

export const contactRefusals = [
  'not_who_they_say', 'cannot_be_reached', 'contact_unsafe', 'person_withdrew', 'order_against_contact', 'other',
] as const;
export type ContactRefusal = (typeof contactRefusals)[number];

export const cancelReasons = ['person_asked', 'contact_asked', 'site_not_available', 'moved', 'fell_ill', 'technical', 'other'] as const;
export type CancelReason = (typeof cancelReasons)[number];

export const turnAwayReasons = ['not_the_expected_person', 'not_alone', 'intoxicated', 'unsafe', 'other'] as const;
export type TurnAwayReason = (typeof turnAwayReasons)[number];

export const purposes = ['contact_relative', 'verification', 'share_with_institution'] as const;
export type Purpose = (typeof purposes)[number];

export type Named = { id: string; name: string };
export type SiteRef = Named & { zone: string };

export type Me = {
  official: Named;
  institution: Named & { kind: string; state: string | null };
  roles: Role[];
  sites: SiteRef[];
  has_passkey: boolean;
  step_up_until: string | null;
  demo: boolean;
  enrolment_only: boolean;
};

export type Site = SiteRef & { kind: string; country: string };
export type Kiosk = Named & { state: 'not_enrolled' | 'enrolled' | 'revoked'; last_seen_at: string | null };
export type EnrolmentCode = { code: string; expires_at: string };
export type Institution = Named & { kind: string; state: string | null };
export type Official = Named & { roles: Role[]; institution: Named | string };

export type Answer =
  | { state: 'answered'; value: 'yes' | 'no'; note: string | null }
  | { state: 'unknown' }
  | { state: 'declined' }
  | { state: 'not_asked' };
export type AnswerState = Answer['state'];

export type Birth =
  | { kind: 'exact'; date: string }
  | { kind: 'approximate'; year_earliest: number; year_latest: number }
  | { kind: 'unknown' };

export type Intake = {
  site: string;
  names_as_given: string;
  birth: Birth;
  language: string;
  language_variant: string | null;
  probable_nationalities: string[];
  protection: Answer;
  child_in_care: Answer;
  asked_in_language: string;
};

export type CaseSummary = {
  id: string;
  spoken_id: string;
  names_as_given: string;
  age_class: 'adult' | 'child';
  language: string;
  site: Named;
  opened_at: string;
  link_level: ClaimLevel | null;
};

export type AskedAnswer = {
  question: string;
  answer: Answer;
  asked_by: Named;
  asked_at: string;
  language: string;
  superseded: boolean;
};

export type Consent = {
  id: string;
  purpose: Purpose;
  recipient_institution: Named | string | null;
  contact: string | null;
  given_by: 'person' | 'contact';
  outcome: 'given' | 'refused' | 'withdrawn';
  language: string;
  mode: ConsentMode;
  text_version: string;
  witness: string | null;
  at: string;
  recorded_by: Named;
};
export type ConsentMode = 'spoken' | 'read' | 'interpreter' | 'on_screen';

export type Grant = {
  id: string;
  institution: Named;
  purpose: string;
  valid_from: string;
  valid_until: string;
  withdrawn_at: string | null;
};

export type ContactState =
  | { kind: 'named'; at: string; by?: Named | null }
  | { kind: 'approved'; at: string; by?: Named | null }
  | { kind: 'refused'; at: string; by?: Named | null; reason: ContactRefusal; text?: string | null };

export type SecondChannel = 'voice_call' | 'voice_message' | 'staff_reads_out';

export type Contact = {
  id: string;
  case: string;
  names_as_given: string;
  relation: Relation;
  phone_masked: string;
  second_channel: SecondChannel;
  language: string;
  country: string;
  zone: string;
  state: ContactState;
  named_at: string;
  link_claim: string | null;
  level: ClaimLevel | null;
};

export type ClaimKind = 'identity' | 'nationality' | 'link';
export type ClaimSummary = {
  id: string;
  kind: ClaimKind;
  subject_label: string;
  object_label: string | null;
  level: ClaimLevel;
};

export type HowSeen = 'original_held_to_camera' | 'photo' | 'copy';
export type EvidenceSummary = {
  id: string;
  kind: string;
  document: DocumentKind | null;
  about: 'contact' | 'person';
  contact: string | null;
  captured_at: string;
  captured_by_label: string;
  how_seen: HowSeen | null;
  sha256: string | null;
  size_bytes: number | null;
  log: { number_in_case: number; index: number | null };
  claim: string | null;
  note: string | null;
  consent: string | null;
};

/** What the signed-in official may do here now; a missing key is answered by their roles. */
export type May = Record<string, boolean | undefined>;

export type CaseFile = {
  id: string;
  spoken_id: string;
  site: Named & { zone?: string };
  owner_institution: Named;
  opened_at: string;
  may: May;
  person: {
    id: string;
    names_as_given: string;
    birth: Birth;
    age_class: 'adult' | 'child';
    language: string;
    language_variant: string | null;
    nationalities: string[];
  };
  answers: AskedAnswer[];
  consents: Consent[];
  grants: Grant[];
  contacts: Contact[];
  claims: ClaimSummary[];
  visits: VisitSummary[];
  evidence: EvidenceSummary[];
};

export type VisitState = 'booked' | 'live' | 'done' | 'cancelled' | 'missed';
export type VisitSummary = {
  id: string;
  type: VisitType;
  state: VisitState;
  local_start: string;
  zone: string;
  starts_at: string;
  ends_at: string;
  duration_min: number;
  case: { id: string; spoken_id: string; name: string } | null;
  kiosk: Named | null;
};

export type ParticipantState = 'expected' | 'waiting' | 'admitted' | 'in_call' | 'left' | 'turned_away';
export type Participant = {
  id: string;
  kind: ParticipantKind;
  seat: SeatKind;
  label: string;
  state: ParticipantState;
  since: string | null;
};

export type Visit = VisitSummary & {
  site: SiteRef | Named | null;
  participants: Participant[];
  other_zone: { zone: string; local_start: string } | null;
  code_phrase: CodePhrase | null;
};

export type TodayVisit = Visit & { kiosk_digits: string | null; may: May };
export type Today = { site: SiteRef | Named; now: string; visits: TodayVisit[] };

export type Booking = {
  case: string;
  type: VisitType;
  contact: string | null;
  kiosk: string | null;
  official: string | null;
  local_start: string;
  duration_min: number;
};

export type Message = {
  id: string;
  channel: 'sms' | 'voice';
  to_masked: string;
  visit: string | null;
  text: string;
  state: 'queued' | 'sent' | 'failed' | 'to_read_out';
  created_at: string;
  sent_at: string | null;
  link: string | null;
};

export type Conclusion = 'uphold' | 'reject' | 'not_enough';
export const conclusions: readonly Conclusion[] = ['uphold', 'reject', 'not_enough'];
export type Judgement = { conclusion: Conclusion; reasons: string; counter_evidence?: string | null; by: Named; at: string };

export type ClaimFile = ClaimSummary & {
  case?: string | null;
  level_why: { rule_version: string; satisfied: string[]; missing: string[] };
  evidence: EvidenceSummary[];
  recommendation: Judgement | null;
  decision: Judgement | null;
  history: { at: string; from: ClaimLevel; to: ClaimLevel; why: string }[];
  may: May;
};

export type DocumentRequest = { id: string; state: 'asked' | 'accepted' | 'refused' | 'stored'; document?: DocumentKind; side?: DocumentSide };

export type Package = { id: string; state: 'ready' | 'preparing'; created_at: string; sha256: string | null; recipient?: string; purpose?: string };

export type AccessEntry = { at: string; by: Named | { name: string; institution: Named | string }; action: string; purpose: string | null };

export const nameOf = (ref: Named | string | null | undefined): string => (ref == null ? '' : typeof ref === 'string' ? ref : ref.name);
