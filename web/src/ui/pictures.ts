/** The pictures of the code phrase: own drawings on a 24 grid, one stroke, things that every village knows. */
export const pictures = {
  moon: 'M19.5 14.5a8.5 8.5 0 1 1-9-11.5 7 7 0 0 0 9 11.5z',
  basket: 'M3 10h18l-2 10H5zM7 10a5 6 0 0 1 10 0M9 14v3M12 14v3M15 14v3',
  tree: 'M12 21v-8M12 17l-3-2M12 16l3-2.5M8 14.5a4.5 4.5 0 0 1-2-8.3 6 6 0 0 1 12 0 4.5 4.5 0 0 1-2 8.3',
  feather: 'M4 20 16 8M7 17c8 1 13-4 13-13-9 0-14 5-13 13zM8 13h5M12 9v4',
  bread: 'M5 20v-8a4.5 4.5 0 0 1 1-8h12a4.5 4.5 0 0 1 1 8v8zM9 9.5h6',
  umbrella: 'M3 12a9 9 0 0 1 18 0zM12 12v6.5a2 2 0 0 0 4 0M12 3V2',
  key: 'M3 12a4 4 0 1 0 8 0 4 4 0 1 0-8 0zM11 12h10v4M17 12v3',
  star: 'M12 3l2.7 5.8 6.3.8-4.6 4.4 1.2 6.3-5.6-3.1-5.6 3.1 1.2-6.3L3 9.6l6.3-.8z',
  sun: 'M8 12a4 4 0 1 0 8 0 4 4 0 1 0-8 0zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
  house: 'M3 12l9-8 9 8M5.5 10v10h13V10M10 20v-6h4v6',
  boat: 'M3 16h18l-3 5H6zM12 16V3l7 10h-7M12 6l-5 7h5',
  cup: 'M5 8h11v7a5 5 0 0 1-5 5h-1a5 5 0 0 1-5-5zM16 10h2a2.5 2.5 0 0 1 0 5h-2M8 5V3M12 5V3',
  hat: 'M2 17c3 2.5 17 2.5 20 0-1-1.5-3-2-4-2l-1.5-7c-.5-2.5-2-3-4.5-2-2.5-1-4-.5-4.5 2L6 15c-1 0-3 .5-4 2zM6.5 12.5c3 1.3 8 1.3 11 0',
  shoe: 'M3 8v9h18c0-3-2-4-5-4.5L11 8c-1.5 2-6 2-8 0zM3 17v2h18v-2M12 11.5l1.5-1.5M14 13l1.5-1.5',
  leaf: 'M5 21c1-5 3-8 8-11M6 17C3 9 9 4 20 4c1 11-5 16-13 13',
  fire: 'M12 21a6.5 6.5 0 0 1-6.5-6.5c0-4 3-5.5 4-8.5.5-1.5.3-2.5 0-3.5 4 1.5 5 4.5 5 7 1-.5 1.5-1.5 1.5-2.5 1.7 2 2.5 4.5 2.5 7.5A6.5 6.5 0 0 1 12 21zM12 21c-4-2.5-1.5-4.5 0-7 1.5 2.5 4 4.5 0 7',
  mountain: 'M2 20 9 6l4.5 8L16 10l6 10zM7 10l2 2 2-2',
  river: 'M9 3c-5 4 8 6 2 10-3 2-7 4-6 8M14 3c-4 4 8 6 3 11-2 2-4 4-3 7',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21.5h4M12 5V3',
  door: 'M6 21V3h12v18M3 21h18M14 12v1',
  candle: 'M9 11h6v10H9zM6 21h12M12 11V9M12 8c-2-1.5-1-3.5 0-5 1 1.5 2 3.5 0 5z',
  chair: 'M7 3v18M7 13h10v8M7 5h7v8M7 17h10',
  flower: 'M12 21v-8M12 18c-1.5-2-3.5-2.5-5-2.5M12 19c1.5-2 3-2.5 4.5-2.5M10.5 8a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0zM12 6.5C9 3 15 3 12 6.5C15 3.5 18 7 13.5 8C18 9 15 12.5 12 9.5C9 12.5 6 9 10.5 8C6 7 9 3.5 12 6.5',
  pot: 'M5 8h14c2 8-1 13-3 13H8C6 21 3 16 5 8zM4 8h16M9 5h6v3H9zM3 12H1.8M21 12h1.2',
} as const;
export type Picture = keyof typeof pictures;
export type CodePhrase = [Picture, Picture];

export const isPicture = (word: string): word is Picture => word in pictures;
