// Where one is in the desk. The address keeps ids only, never a name; one-time tokens leave it at once.

export type Route =
  | { page: 'today' }
  | { page: 'day'; date: string | null }
  | { page: 'visit'; visit: string }
  | { page: 'call'; visit: string }
  | { page: 'book'; case: string | null; contact: string | null }
  | { page: 'people' }
  | { page: 'intake' }
  | { page: 'case'; case: string }
  | { page: 'contacts'; case: string }
  | { page: 'sharing'; case: string }
  | { page: 'export'; case: string }
  | { page: 'access'; case: string }
  | { page: 'claim'; claim: string; case: string | null }
  | { page: 'outbox' }
  | { page: 'kiosks' }
  | { page: 'account' }
  | { page: 'unknown' };
export type Page = Route['page'];

const caseDoors = ['contacts', 'sharing', 'export', 'access'] as const;
const isCaseDoor = (word: string): word is (typeof caseDoors)[number] => (caseDoors as readonly string[]).includes(word);

export function parse(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const query = new URLSearchParams(search);
  const [first = '', second = '', third = ''] = path.split('/').map(decodeURIComponent);
  switch (first) {
    case '':
    case 'today':
      return { page: 'today' };
    case 'day':
      return { page: 'day', date: query.get('date') };
    case 'visits':
      if (!second) return { page: 'unknown' };
      return third === 'call' ? { page: 'call', visit: second } : { page: 'visit', visit: second };
    case 'book':
      return { page: 'book', case: query.get('case'), contact: query.get('contact') };
    case 'cases':
      return parseCase(second, third);
    case 'claims':
      return second ? { page: 'claim', claim: second, case: query.get('case') } : { page: 'unknown' };
    case 'outbox':
    case 'kiosks':
    case 'account':
      return { page: first };
    default:
      return { page: 'unknown' };
  }
}

function parseCase(id: string, door: string): Route {
  if (!id) return { page: 'people' };
  if (id === 'new') return { page: 'intake' };
  if (!door) return { page: 'case', case: id };
  return isCaseDoor(door) ? { page: door, case: id } : { page: 'unknown' };
}

const query = (values: Record<string, string | null>): string => {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null);
  return given.length ? `?${new URLSearchParams(given)}` : '';
};

export function href(route: Route): string {
  switch (route.page) {
    case 'day':
      return `#/day${query({ date: route.date })}`;
    case 'visit':
      return `#/visits/${route.visit}`;
    case 'call':
      return `#/visits/${route.visit}/call`;
    case 'book':
      return `#/book${query({ case: route.case, contact: route.contact })}`;
    case 'people':
      return '#/cases';
    case 'intake':
      return '#/cases/new';
    case 'case':
      return `#/cases/${route.case}`;
    case 'contacts':
    case 'sharing':
    case 'export':
    case 'access':
      return `#/cases/${route.case}/${route.page}`;
    case 'claim':
      return `#/claims/${route.claim}${query({ case: route.case })}`;
    case 'unknown':
      return '#/today';
    default:
      return `#/${route.page}`;
  }
}

/** A one-time token that came in the address: who follows the link must not leave it in the history. */
export type Arrival = { kind: 'demo'; token: string } | { kind: 'enrol'; token: string } | { kind: 'none' };

export function arrival(hash: string): Arrival {
  const found = /^#(demo|enrol)=([A-Za-z0-9._~-]+)$/.exec(hash);
  return found ? { kind: found[1] as 'demo' | 'enrol', token: found[2]! } : { kind: 'none' };
}
