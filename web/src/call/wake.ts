// Keeps the screen lit during a call, and says when the page comes back to the front.

/** Returns the way to stop. */
export function stayAwake(cameBack: () => void): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const take = async () => {
    const taken = await navigator.wakeLock?.request('screen').catch(() => undefined);
    if (over) void taken?.release();
    else lock = taken;
  };
  const seen = () => {
    if (document.visibilityState !== 'visible') return;
    void take();
    cameBack();
  };
  document.addEventListener('visibilitychange', seen);
  void take();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', seen);
    void lock?.release();
  };
}
