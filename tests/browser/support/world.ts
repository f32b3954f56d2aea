// The demo world that the server told of in demo.json, and the sessions of its officials.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const needed = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the suite by tests/browser/run.sh`);
  return value;
};
export const baseUrl = needed('BASE_URL');
export const artifacts = needed('ART');
export const cameras = needed('CAMERAS');
export const verifyProgram = needed('VERIFY');
/** What lives from one file of the story to the next: sessions, the kiosk's browser profile. */
export const kept = join(artifacts, 'kept');

export type DemoVisit = { id: string; type: string; starts_at: string; ends_at: string; link: string; code: string; kiosk_digits: string | null };
type Demo = {
  base_url: string;
  officials: { name: string; roles: string[]; sign_in_url: string }[];
  kiosk: { url: string; enrolment_code: string };
  family_visit: DemoVisit;
  verification_visit: DemoVisit;
  trust_url: string;
};
export const demo = JSON.parse(readFileSync(needed('DEMO_JSON'), 'utf8')) as Demo;

/** Who works in the demo, by what they do there. */
export const officials = { staff: 'attendant', consul: 'consul', decider: 'decider', admin: 'institution_admin' } as const;
export type Office = keyof typeof officials;
export function official(office: Office): Demo['officials'][number] {
  const found = demo.officials.find((one) => one.roles.includes(officials[office]));
  if (!found) throw new Error(`the demo has no ${officials[office]}`);
  return found;
}
export const sessionFile = (office: Office): string => join(kept, `${office}.json`);
