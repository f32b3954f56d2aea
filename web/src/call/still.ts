// A still of a document: taken at the camera's full size, hashed here, sent until it has arrived.
import { api, type Failure } from '../api/client';
import { waitBefore } from './reconnect';

export type Still = { image: Blob; url: string; width: number; height: number; capturedAt: string; sha256: string };
export type Stored = { evidence: string; sha256: string; size_bytes: number };

/** The server takes no larger image. */
const LARGEST_BYTES = 12 * 1024 * 1024;
/** Some phones never answer to takePhoto. */
const PHOTO_WITHIN_MS = 6_000;
const JPEG_QUALITY = 0.94;
/** One image over a slow uplink. */
const UPLOAD_WITHIN_MS = 120_000;
/** After so many tries in vain a person is asked; the image stays. */
const TRIES = 6;

type Photographer = { takePhoto(): Promise<Blob> };
type PhotographerClass = new (track: MediaStreamTrack) => Photographer;
const photographers = globalThis as { ImageCapture?: PhotographerClass };

async function photo(track: MediaStreamTrack): Promise<Blob | undefined> {
  if (!photographers.ImageCapture) return undefined;
  const late = new Promise<undefined>((done) => setTimeout(() => done(undefined), PHOTO_WITHIN_MS));
  const taken = await Promise.race([new photographers.ImageCapture(track).takePhoto().catch(() => undefined), late]);
  return taken && /^image\/(jpeg|png)$/.test(taken.type) && taken.size <= LARGEST_BYTES ? taken : undefined;
}

/** Without ImageCapture the track itself is raised to the camera's largest picture for a moment. */
async function atFullSize<Result>(track: MediaStreamTrack, use: () => Promise<Result>): Promise<Result> {
  const before = track.getConstraints();
  const { width, height } = track.getCapabilities?.() ?? {};
  if (!width?.max || !height?.max) return use();
  await track.applyConstraints({ ...before, width: { ideal: width.max }, height: { ideal: height.max } }).catch(() => undefined);
  try {
    return await use();
  } finally {
    await track.applyConstraints(before).catch(() => undefined);
  }
}

async function playing(track: MediaStreamTrack): Promise<HTMLVideoElement> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  return video;
}

function jpeg(source: CanvasImageSource, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.drawImage(source, 0, 0, width, height);
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('the canvas gave no image'))), 'image/jpeg', JPEG_QUALITY),
  );
}

const frame = (track: MediaStreamTrack): Promise<Blob> =>
  atFullSize(track, async () => {
    const video = await playing(track);
    const image = await jpeg(video, video.videoWidth, video.videoHeight);
    video.srcObject = null;
    return image;
  });

export async function sha256Hex(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function takeStill(track: MediaStreamTrack): Promise<Still> {
  const image = (await photo(track)) ?? (await frame(track));
  const capturedAt = new Date().toISOString();
  const bitmap = await createImageBitmap(image);
  const { width, height } = bitmap;
  bitmap.close();
  const sha256 = await sha256Hex(await image.arrayBuffer());
  return { image, url: URL.createObjectURL(image), width, height, capturedAt, sha256 };
}

export const dropStill = (still: Still): void => URL.revokeObjectURL(still.url);

/** Nothing heard, or a server in trouble: the same bytes are sent again, the server knows them by request and hash. */
const mayPass = (failure: Failure): boolean => failure.kind === 'unreachable' || failure.status >= 500 || failure.status === 429;

export type Sent = { ok: true; stored: Stored } | { ok: false; failure: Failure };

export async function sendStill(request: string, still: Still, tried: (attempt: number) => void): Promise<Sent> {
  const headers = {
    'X-Content-SHA256': still.sha256,
    'X-Captured-At': still.capturedAt,
    'X-Image-Size': `${still.width}x${still.height}`,
  };
  for (let attempt = 1; ; attempt += 1) {
    tried(attempt);
    const answer = await api.upload<Stored>(`/api/join/document-requests/${request}/still`, still.image, headers, { timeoutMs: UPLOAD_WITHIN_MS });
    if (answer.ok) return { ok: true, stored: answer.body };
    if (!mayPass(answer.failure) || attempt >= TRIES) return { ok: false, failure: answer.failure };
    await new Promise((done) => setTimeout(done, waitBefore(attempt, Math.random())));
  }
}
