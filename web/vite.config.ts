import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The public paths of the faces, as the server maps them. */
const pages: [RegExp, string][] = [
  [/^\/v\/[^/]+\/?$/, '/join.html'],
  [/^\/kiosk\/?$/, '/kiosk.html'],
  [/^\/desk(\/.*)?$/, '/desk.html'],
];
/** build.mjs builds one face at a time: a module shared by two faces would bring each the other's icons and code. */
const face = process.env.FACE;
const entries = face ? [face] : ['index', 'desk', 'join', 'kiosk'];
const server = process.env.REENCUENTRO_SERVER ?? 'http://127.0.0.1:8080';

/** Development serves the pages under the same paths as the server does. */
function facePaths(): Plugin {
  const rewrite = (req: { url?: string | undefined }, _res: unknown, next: () => void) => {
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    const page = pages.find(([pattern]) => pattern.test(path));
    if (page) req.url = page[1];
    next();
  };
  return {
    name: 'face-paths',
    configureServer: (dev) => void dev.middlewares.use(rewrite),
    configurePreviewServer: (preview) => void preview.middlewares.use(rewrite),
  };
}

/** Code and the Spanish catalog travel together: what a page needs is named in it, not found one round trip later. */
function preloads(): Plugin {
  return {
    name: 'preloads',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {}, path }) {
        const face = /(\w+)\.html$/.exec(path)?.[1];
        const first = Object.values(bundle).filter(
          (part) => part.type === 'chunk' && (part.facadeModuleId?.endsWith(`/${face}.html`) || part.facadeModuleId?.endsWith(`/locales/es/${face}.ts`) || part.facadeModuleId?.endsWith('/locales/es/pictures.ts')),
        );
        const files = new Set<string>();
        const follow = (file: string) => {
          const part = bundle[file];
          if (files.has(file) || part?.type !== 'chunk') return;
          files.add(file);
          part.imports.forEach(follow);
        };
        for (const part of first) follow(part.fileName);
        const entry = first.find((part) => part.type === 'chunk' && part.isEntry)?.fileName;
        if (entry) files.delete(entry);
        return [...files].map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` } }));
      },
    },
  };
}

/** Vite's helper for lazy code, without its preloading of scripts and its nonces: styles of a lazy page come before its code. */
function smallLoader(): Plugin {
  return {
    name: 'small-loader',
    apply: 'build',
    enforce: 'pre',
    load(id) {
      if (!id.endsWith('vite/preload-helper.js')) return undefined;
      // Only the desk has lazy pages with styles of their own.
      if (face === 'join' || face === 'kiosk') return 'export const __vitePreload = (load) => load();';
      return `const style = (href) => new Promise((done, failed) => {
        const known = [...document.styleSheets].some((sheet) => sheet.href?.endsWith(href));
        if (known || !href.endsWith('.css')) return done();
        const link = document.createElement('link');
        link.rel = 'stylesheet';
        link.href = '/' + href;
        link.onload = done;
        link.onerror = failed;
        document.head.append(link);
      });
      export const __vitePreload = (load, files = []) => files.length ? Promise.all(files.map(style)).then(load) : load();`;
    },
  };
}

/**
 * Svelte's runtime for what these pages are: mounted, never hydrated; runes only; no async components, no traces.
 * Said as constants, the code for the other ways falls out: several kB on a phone.
 */
function smallRuntime(): Plugin {
  const switches: [RegExp, string[]][] = [
    [/svelte\/src\/internal\/flags\/index\.js$/, ['async_mode_flag', 'legacy_mode_flag', 'tracing_mode_flag']],
    [/svelte\/src\/internal\/client\/dom\/hydration\.js$/, ['hydrating']],
  ];
  return {
    name: 'small-runtime',
    apply: 'build',
    transform(code, id) {
      const names = switches.find(([file]) => file.test(id))?.[1] ?? [];
      return names.reduce((text, name) => {
        const off = text.replace(`export let ${name} = false;`, `export const ${name} = false;`).replace(new RegExp(`^\\t+${name} = \\w+;$`, 'gm'), '');
        if (off === text || !off.includes(`const ${name}`)) throw new Error(`Svelte's ${name} is no plain switch any more: look at vite.config.ts`);
        return off;
      }, code);
    },
  };
}

const toServer = { '/api': { target: server, ws: true, changeOrigin: true } };

export default defineConfig({
  plugins: [svelte(), facePaths(), preloads(), smallLoader(), smallRuntime()],
  appType: 'mpa',
  server: { proxy: toServer },
  preview: { proxy: toServer },
  build: {
    emptyOutDir: false,
    target: 'es2022',
    // A data: address would break the content policy (font-src 'self').
    assetsInlineLimit: 0,
    // The preloads plugin does this without code on the phone.
    modulePreload: false,
    rolldownOptions: {
      input: entries.map((name) => `${name}.html`),
      output: {
        // Catalogs are told from code by name: weight.mjs counts one language.
        chunkFileNames: (chunk) => (/\/locales\/(\w+)\//.exec(chunk.facadeModuleId ?? '')?.[1] ?? '[name]').concat('-[hash].js').replace(/^/, 'assets/'),
      },
      // Svelte's custom elements are used nowhere, but define a class at their top level.
      treeshake: { moduleSideEffects: [{ test: /svelte\/src\/.*(custom-element|legacy-client)\.js$/, sideEffects: false }] },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
