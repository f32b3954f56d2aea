// The shapes that the join and kiosk faces read. The contract is the server's OpenAPI document.
import type { CodePhrase } from '../ui/pictures';

export type VisitType = 'family' | 'family_supervised' | 'verification' | 'recognition' | 'consular' | 'legal' | 'protection' | 'medical';
export type ParticipantKind = 'person' | 'contact' | 'official' | 'interpreter';
export type SeatKind = 'kiosk' | 'link' | 'desk';

export type JoinVisit = {
  participant: string;
  visit_type: VisitType;
  starts_at: string;
  ends_at: string;
  zone: string;
  recorded: false;
  accompanied: boolean;
  state: 'too_early' | 'waiting' | 'admitted' | 'over' | 'not_available';
  locale: string;
  check_number: string | null;
  code_phrase: CodePhrase | null;
};

export type DocumentKind = 'passport' | 'national_id' | 'birth_certificate' | 'other';
export type DocumentSide = 'front' | 'back';
