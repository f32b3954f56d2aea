import type { Catalog } from '../../i18n.svelte';
import type es from '../es/desk-people';

export default {
  'people.title': 'People',
  'people.purpose': 'care for hosted people',
  'people.take_in': 'Take in a person',
  'people.why_take_in': 'Only who takes people in can do this.',
  'people.seeking': 'Looking for the files…',
  'people.count': { one: '{n} person', other: '{n} people' },
  'people.search': 'Search name or spoken id',
  'people.none_fits': 'None fits what you typed. Try fewer letters.',
  'people.empty': 'Nobody yet',
  'people.empty_why': 'People who are taken in and people shared with your institution appear here.',
  'people.name': 'Name',
  'people.spoken_id': 'Spoken id',
  'people.language': 'Language',
  'people.site': 'Site',
  'people.since': 'Since',
  'people.link': 'Link',
} satisfies Catalog<typeof es>;
