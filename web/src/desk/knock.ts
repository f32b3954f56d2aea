// Two taps on wood when somebody comes to the door. The board shows the same; the sound only makes heads turn.

const TAPS_S = [0, 0.16];
const AGAIN_MS = 20_000;
let context: AudioContext | undefined;

function knock(): void {
  context ??= new AudioContext();
  // Before the first click on the page the browser keeps silent; then the board alone tells.
  if (context.state !== 'running') return void context.resume();
  for (const tap of TAPS_S) {
    const start = context.currentTime + tap;
    const oscillator = context.createOscillator();
    const loudness = context.createGain();
    oscillator.frequency.setValueAtTime(320, start);
    oscillator.frequency.exponentialRampToValueAtTime(120, start + 0.07);
    loudness.gain.setValueAtTime(0.35, start);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.09);
    oscillator.connect(loudness).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.1);
  }
}

/** Knocks now and every 20 s until somebody looks. Returns the way to stop. */
export function keepKnocking(): () => void {
  knock();
  const timer = setInterval(knock, AGAIN_MS);
  return () => clearInterval(timer);
}
