// Real Chromium, one process per fake camera: what a camera shows is a flag of the process.
import { chromium, type Browser, type BrowserContext } from '@playwright/test';
import { join } from 'node:path';
import { cameras } from './world';

export type Camera = 'person' | 'relative' | 'official' | 'passport';
const QUIET = [
  '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-quic', '--autoplay-policy=no-user-gesture-required',
];
const withCamera = (camera: Camera): string[] => [
  ...QUIET,
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${join(cameras, `${camera}.mjpeg`)}`,
  `--use-file-for-fake-audio-capture=${join(cameras, 'voice.wav')}`,
];
/** The machine's own devices: none. */
const withoutCamera = [...QUIET, '--use-fake-ui-for-media-stream'];

const executablePath = '/usr/bin/chromium';
export const launchWith = (camera: Camera): Promise<Browser> => chromium.launch({ executablePath, args: withCamera(camera) });
export const launchWithoutCamera = (): Promise<Browser> => chromium.launch({ executablePath, args: withoutCamera });
/** Nobody clicks the permission prompt away: what was not granted is refused. */
export const launchAsking = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: withCamera('relative').filter((flag) => flag !== '--use-fake-ui-for-media-stream') });
/** A profile on disk: the kiosk's key outlives its browser. */
export const launchProfile = (folder: string, camera: Camera, options: Parameters<typeof chromium.launchPersistentContext>[1]): Promise<BrowserContext> =>
  chromium.launchPersistentContext(folder, { executablePath, args: withCamera(camera), ...options });
