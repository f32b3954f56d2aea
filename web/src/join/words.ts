import { words } from '../i18n.svelte';
import type es from '../locales/es/join';

const join = words<typeof es>({ es: () => import('../locales/es/join'), en: () => import('../locales/en/join') });
export const t = join.t;
export const speak = join.speak;
