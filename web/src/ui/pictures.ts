/** The pictures of the code phrase. They are drawn in pictures.svg, a file of its own: a phone fetches it once. */
export const pictures = [
  'moon', 'basket', 'tree', 'feather', 'bread', 'umbrella', 'key', 'star',
  'sun', 'house', 'boat', 'cup', 'hat', 'shoe', 'leaf', 'fire',
  'mountain', 'river', 'bell', 'door', 'candle', 'chair', 'flower', 'pot',
] as const;
export type Picture = (typeof pictures)[number];
export type CodePhrase = [Picture, Picture];
