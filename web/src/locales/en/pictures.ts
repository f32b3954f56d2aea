import type es from '../es/pictures';

export default {
  moon: 'moon', basket: 'basket', tree: 'tree', feather: 'feather', bread: 'bread', umbrella: 'umbrella',
  key: 'key', star: 'star', sun: 'sun', house: 'house', boat: 'boat', cup: 'cup',
  hat: 'hat', shoe: 'shoe', leaf: 'leaf', fire: 'fire', mountain: 'mountain', river: 'river',
  bell: 'bell', door: 'door', candle: 'candle', chair: 'chair', flower: 'flower', pot: 'pot',
} satisfies Record<keyof typeof es, string>;
