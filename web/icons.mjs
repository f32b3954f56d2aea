// Writes src/ui/icons.ts: the Tabler outlines (MIT) that the pages use, each as one path.
// A page imports single names, so it carries only its own.
import { readFileSync, writeFileSync } from 'node:fs';

const names = `ear volume language grid-dots hourglass door-enter door-exit hand-stop hand-click microphone
microphone-off video video-off player-pause player-play phone phone-off phone-call refresh wifi wifi-off clock calendar-event
user users user-plus lock lock-open shield-check scale building-bank photo photo-check camera camera-rotate signature fingerprint link
history coin-off message-2 bell check checks circle-check circle-x circle-dashed alert-triangle ban backspace dots x
plus search download file-text arrow-left arrow-right chevron-left chevron-right chevron-down home device-tablet
logout eye eye-off send info-circle map-pin key id-badge-2 headset copy printer gauge donut external-link trash
notes certificate world shield-lock`.split(/\s+/);
const outlines = JSON.parse(readFileSync('node_modules/@tabler/icons/tabler-nodes-outline.json', 'utf8'));

function outline(name) {
  const tabler = name === 'donut' ? 'chart-donut' : name;
  const nodes = outlines[tabler];
  if (!nodes) throw new Error(`Tabler has no outline named ${tabler}`);
  return nodes
    .map(([tag, { d }]) => {
      if (tag !== 'path' || !/^M/.test(d)) throw new Error(`${tabler}: cannot join ${tag} ${d}`);
      return d;
    })
    .join('');
}

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const lines = names.map((name) => `export const ${camel(name)} = '${outline(name)}' as IconPath;`);
writeFileSync(
  'src/ui/icons.ts',
  `// Written by icons.mjs from Tabler Icons 3.51 (MIT, © Paweł Kuna). Add names there, then: npm run icons\nexport type IconPath = string & { readonly outline: unique symbol };\n${lines.join('\n')}\n`,
);
