import { mount } from 'svelte';
import Kiosk from './kiosk/Kiosk.svelte';
import { speak } from './kiosk/words';

// A shared screen begins in Spanish, whatever its browser prefers.
const target = document.getElementById('page');
if (target) void speak('es').then(() => mount(Kiosk, { target }));
