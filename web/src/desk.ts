import { mount } from 'svelte';
import { preferredLocale } from './i18n.svelte';
import Desk from './desk/Desk.svelte';
import { keptLocale } from './desk/locale';
import { arrival } from './desk/route';
import { session } from './desk/session.svelte';
import { desk } from './desk/words';
import './desk/desk.css';

async function start(): Promise<void> {
  const came = arrival(location.hash);
  // The token leaves the address before anything else can read or keep it.
  if (came.kind !== 'none') history.replaceState(null, '', '#/');
  const signedIn = came.kind === 'none' ? session.ask() : session.redeem(came.kind, came.token);
  mount(Desk, { target: document.body });
  await Promise.all([desk.speak(keptLocale() ?? preferredLocale()), signedIn]);
}

void start();
