export default {
  moon: 'luna', basket: 'canasta', tree: 'árbol', feather: 'pluma', bread: 'pan', umbrella: 'sombrilla',
  key: 'llave', star: 'estrella', sun: 'sol', house: 'casa', boat: 'lancha', cup: 'taza',
  hat: 'sombrero', shoe: 'zapato', leaf: 'hoja', fire: 'fuego', mountain: 'montaña', river: 'río',
  bell: 'campana', door: 'puerta', candle: 'vela', chair: 'silla', flower: 'flor', pot: 'olla',
};
