import type { Schemas } from '../api/model';

/** How well a claim is founded; `x` is contradicted. */
export type ClaimLevel = Schemas['Level'];
/** How well a call gets through. */
export type SignalStrength = 'good' | 'fair' | 'weak' | 'lost';
