// A screen that nobody touches asks, and then forgets.

const WARN_AFTER_MS = 60_000;
const RESET_AFTER_MS = 90_000;

/** Seconds left once the warning stands, otherwise null. Waiting and talking are not idleness. */
export class Idle {
  left = $state<number | null>(null);
  #touchedAt = Date.now();

  constructor(
    private readonly counts: () => boolean,
    private readonly reset: () => void,
  ) {}

  watch(): () => void {
    const touched = () => this.touch();
    const timer = setInterval(() => this.#look(), 500);
    window.addEventListener('pointerdown', touched);
    window.addEventListener('keydown', touched);
    return () => {
      clearInterval(timer);
      window.removeEventListener('pointerdown', touched);
      window.removeEventListener('keydown', touched);
    };
  }

  touch(): void {
    this.#touchedAt = Date.now();
    this.left = null;
  }

  #look(): void {
    if (!this.counts()) return this.touch();
    const idleMs = Date.now() - this.#touchedAt;
    if (idleMs >= RESET_AFTER_MS) {
      this.touch();
      this.reset();
    } else if (idleMs >= WARN_AFTER_MS) this.left = Math.ceil((RESET_AFTER_MS - idleMs) / 1000);
  }
}
