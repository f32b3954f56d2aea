// The level rule's codes in the catalog; a code of a newer rule shows as it is written.
const codes = [
  'identity_item', 'identity_of_contact', 'document_seen', 'account_compatible', 'case_note', 'contact_approved', 'two_independent_strands',
  'strand_not_from_claimant', 'no_open_contradiction', 'document_or_registry', 'decision_uphold', 'decision', 'two_deciders', 'registry_chain', 'how_seen',
] as const;
type Known = (typeof codes)[number];

export const ruleKey = (code: string): `rule.${Known}` | undefined => {
  const known = codes.find((one) => one === code);
  return known && `rule.${known}`;
};
