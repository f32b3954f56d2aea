// Builds the four pages one after the other into web/dist.
import { rmSync } from 'node:fs';
import { build } from 'vite';

rmSync('dist', { recursive: true, force: true });
for (const face of ['index', 'join', 'kiosk', 'desk']) {
  process.env.FACE = face;
  await build({ logLevel: 'warn' });
}
