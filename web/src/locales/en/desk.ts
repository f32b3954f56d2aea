// One group of words for each page of the desk, and those of every call.
import call from './call';
import callroom from './desk-call';
import caseFile from './desk-case';
import claim from './desk-claim';
import contacts from './desk-contacts';
import exports from './desk-export';
import intake from './desk-intake';
import kiosks from './desk-kiosks';
import people from './desk-people';
import schedule from './desk-schedule';
import sharing from './desk-sharing';
import shell from './desk-shell';
import terms from './desk-terms';
import today from './desk-today';

export default {
  ...call, ...shell, ...terms, ...today, ...schedule, ...people, ...intake, ...caseFile, ...contacts, ...sharing, ...claim, ...callroom, ...exports, ...kiosks,
};
