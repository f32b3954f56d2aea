import type { Catalog } from '../../i18n.svelte';
import type es from '../es/desk-kiosks';

export default {
  'kiosks.title': 'Kiosks',
  'kiosks.purpose': 'look after the devices',
  'kiosks.seeking': 'Looking for the kiosks…',
  'kiosks.no_sites': 'Your institution has no sites',
  'kiosks.count': { one: '{n} kiosk', other: '{n} kiosks' },
  'kiosks.empty': 'None yet. Give the first one a name.',
  'kiosks.not_enrolled': 'Not enrolled',
  'kiosks.enrolled': 'Enrolled',
  'kiosks.revoked': 'Revoked',
  'kiosks.seen': 'seen {at}',
  'kiosks.never_seen': 'never seen',
  'kiosks.code': 'Enrolment code',
  'kiosks.code_for': 'Code for {name}',
  'kiosks.code_how': 'Type it on the screen of the kiosk. It works once, until {until} ({zone}).',
  'kiosks.code_done': 'Done',
  'kiosks.revoke': 'Revoke',
  'kiosks.revoke_ask': 'Revoke {name}?',
  'kiosks.revoke_say': 'It stops working at once, during a visit, too. To use it again it has to be added as new.',
  'kiosks.name': 'Name of the new kiosk',
  'kiosks.name_hint': 'As they call it there, such as Kiosk 3.',
  'kiosks.add': 'Add',
} satisfies Catalog<typeof es>;
