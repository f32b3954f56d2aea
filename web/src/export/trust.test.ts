import { expect, it } from 'vitest';
import { fingerprintOf } from './trust';

it('a trust file has the fingerprint that sha256sum prints, in groups of four', async () => {
  expect(await fingerprintOf('abc')).toBe('ba78 16bf 8f01 cfea 4141 40de 5dae 2223 b003 61a3 9617 7a9c b410 ff61 f200 15ad');
});
