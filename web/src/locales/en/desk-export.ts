import type { Catalog } from '../../i18n.svelte';
import type es from '../es/desk-export';

export default {
  'export.title_of': 'Evidence file · {name}',
  'export.purpose': 'hand evidence to whom it concerns',
  'export.made': 'What already left',
  'export.seeking': 'Looking for the packages…',
  'export.none': 'Nothing yet.',
  'export.package': 'Evidence file',
  'export.ready': 'Ready',
  'export.preparing': 'Being prepared',
  'export.download': 'Download',
  'export.new': 'Take out the file',
  'export.new_why': 'It carries the evidence of the case, sealed. What is handed over cannot be recalled.',
  'export.recipient': 'For whom',
  'export.recipient_hint': 'The authority that receives it.',
  'export.for': 'For what',
  'export.basis': 'On which basis',
  'export.basis_hint': 'The rule or the order. Consent alone is not enough.',
  'export.make': 'Prepare the file',
  'export.why': 'Who has that task in this case takes it out.',
  'export.trust': 'How it is checked',
  'export.trust_how': 'Who receives it checks it offline, with the verifying program and this trust file.',
  'export.trust_compare': 'This is the SHA-256 fingerprint of the file. Read it out through another channel, such as the telephone: if it is the same, the file is the true one.',
  'export.trust_file': 'Trust file',
} satisfies Catalog<typeof es>;
