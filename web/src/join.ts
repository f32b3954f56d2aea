import { mount } from 'svelte';
import { preferredLocale } from './i18n.svelte';
import Join from './join/Join.svelte';
import { speak } from './join/words';

const target = document.getElementById('page');
if (target) void speak(preferredLocale()).then(() => mount(Join, { target }));
