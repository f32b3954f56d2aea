import { describe, expect, it } from 'vitest';
import { arrival, href, parse, type Route } from './route';

const id = '6b0f2f0e-6f7c-4a51-9d3f-1f0a5b6c7d8e';
const routes: Route[] = [
  { page: 'today' }, { page: 'day', date: null }, { page: 'day', date: '2026-11-23' }, { page: 'visit', visit: id }, { page: 'call', visit: id },
  { page: 'book', case: null, contact: null }, { page: 'book', case: id, contact: id }, { page: 'people' }, { page: 'intake' },
  { page: 'case', case: id }, { page: 'contacts', case: id }, { page: 'sharing', case: id }, { page: 'export', case: id },
  { page: 'access', case: id }, { page: 'claim', claim: id, case: null }, { page: 'claim', claim: id, case: id },
  { page: 'outbox' }, { page: 'kiosks' }, { page: 'account' },
];

describe('the desk address', () => {
  it.each(routes)('leads back to the page that wrote it: $page', (route) => {
    expect(parse(href(route))).toEqual(route);
  });
  it('opens today when it is empty', () => {
    expect(parse('')).toEqual({ page: 'today' });
    expect(parse('#')).toEqual({ page: 'today' });
  });
  it('knows no page behind an unknown word', () => {
    for (const hash of ['#/nowhere', `#/cases/${id}/nowhere`, '#/visits', '#/claims']) expect(parse(hash)).toEqual({ page: 'unknown' });
  });
});

describe('a one-time link', () => {
  it('carries a demo or an enrolment token', () => {
    expect(arrival('#demo=abc-DEF_1')).toEqual({ kind: 'demo', token: 'abc-DEF_1' });
    expect(arrival('#enrol=abc')).toEqual({ kind: 'enrol', token: 'abc' });
  });
  it('is nothing when it is a page or has other letters', () => {
    for (const hash of ['', '#/today', '#demo=', '#demo=a b', '#other=abc']) expect(arrival(hash)).toEqual({ kind: 'none' });
  });
});
