import { expect, it } from 'vitest';
import { dialled } from './phone';

it.each([
  ['+502 5555 0101', '+50255550101'],
  ['00502 5555-0101', '+50255550101'],
  ['+1 (212) 555.0100', '+12125550100'],
])('a phone may be typed as people write it: %s', (typed, sent) => expect(dialled(typed)).toBe(sent));

it.each(['', '5555 0101', '+502', '+502 5555 010x', '+05 5555 0101', '+1234567890123456'])('"%s" is not a phone with its country', (typed) =>
  expect(dialled(typed)).toBeUndefined(),
);
