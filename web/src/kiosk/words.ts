import { words } from '../i18n.svelte';
import type es from '../locales/es/kiosk';

const kiosk = words<typeof es>({ es: () => import('../locales/es/kiosk'), en: () => import('../locales/en/kiosk') });
export const t = kiosk.t;
export const speak = kiosk.speak;
