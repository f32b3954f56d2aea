// Shows a stream in a video or audio element; Svelte runs it again when the stream changes.
export const show =
  (stream: MediaStream | null | undefined) =>
  (element: HTMLMediaElement): void => {
    if (element.srcObject === (stream ?? null)) return;
    element.srcObject = stream ?? null;
    // A browser that wants a tap first gets one: every way into a call begins with a button.
    if (stream) element.play().catch(() => undefined);
  };
