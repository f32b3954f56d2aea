// The test function of the suite: when a test fails, every open page is kept as a picture beside it.
import { test as base } from '@playwright/test';
import { openFaces } from '../pages/face';

export const test = base.extend<{ pictures: void }>({
  pictures: [
    async ({}, use, info) => {
      await use();
      if (info.status === info.expectedStatus) return;
      for (const [place, face] of openFaces().entries()) {
        const path = info.outputPath(`${place}-${face.name}.png`);
        await face.page.screenshot({ path, timeout: 3_000 }).catch(() => undefined);
      }
    },
    { auto: true },
  ],
});
