// Short soft tones made by the browser itself. Each is also seen on the page; never a ringtone.

type Tone = 'admitted' | 'back' | 'pause' | 'end';
/** Hertz, one after the other: a rising third, one high, one low, a falling third. */
const notes: Record<Tone, number[]> = { admitted: [523, 659], back: [784], pause: [262], end: [659, 523] };
const NOTE_S = 0.28;

let context: AudioContext | undefined;

/** Browsers allow sound after a tap: call this in one. */
export function allowSound(): void {
  context ??= new AudioContext();
  void context.resume();
}

export function play(tone: Tone): void {
  allowSound();
  const audio = context;
  if (!audio) return;
  notes[tone].forEach((hertz, place) => {
    const start = audio.currentTime + place * NOTE_S;
    const oscillator = audio.createOscillator();
    const loudness = audio.createGain();
    oscillator.type = 'triangle';
    oscillator.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.0001, start);
    loudness.gain.exponentialRampToValueAtTime(0.3, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_S);
    oscillator.connect(loudness).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(start + NOTE_S);
  });
}
