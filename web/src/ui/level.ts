/** How well a claim is founded; `x` is contradicted. */
export type ClaimLevel = 'l0' | 'l1' | 'l2' | 'l3' | 'l4' | 'x';
/** How well a call gets through. */
export type SignalStrength = 'good' | 'fair' | 'weak' | 'lost';
