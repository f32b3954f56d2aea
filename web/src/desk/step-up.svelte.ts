// One dialog for the whole desk: an act waits here until its official has shown the key again.

let waiting = $state.raw<((done: boolean) => void) | undefined>();

export const stepUp = {
  get asked(): boolean {
    return waiting !== undefined;
  },
  ask(): Promise<boolean> {
    waiting?.(false);
    return new Promise((resolve) => (waiting = resolve));
  },
  answer(done: boolean): void {
    waiting?.(done);
    waiting = undefined;
  },
};
