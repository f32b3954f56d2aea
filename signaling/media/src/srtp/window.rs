//! The replay window of one source.

/// Packets below the highest one that are still accepted: a retransmission at 300 packets a second may come 3 s late.
const WINDOW: u64 = 1024;
const WORDS: usize = (WINDOW / 64) as usize;
const SEQUENCE_SPACE: i64 = 1 << 16;

/// The highest index of a source and which ones below it have been seen.
#[derive(Clone)]
pub struct Window {
    pub ssrc: u32,
    top: u64,
    /// Bit `index % WINDOW`, so that moving the window clears only what it moves over.
    seen: [u64; WORDS],
}

impl Window {
    /// A window that has seen this one index.
    pub fn new(ssrc: u32, index: u64) -> Window {
        let mut window = Window { ssrc, top: index, seen: [0; WORDS] };
        window.set(index);
        window
    }

    pub fn top(&self) -> u64 {
        self.top
    }

    /// The index nearest to the highest one seen (RFC 3711 appendix A).
    pub fn guess(&self, sequence: u16) -> u64 {
        let ahead = i64::from(sequence.wrapping_sub(self.top as u16) as i16);
        let index = self.top as i64 + ahead;
        (if index < 0 { index + SEQUENCE_SPACE } else { index }) as u64
    }

    /// Neither seen nor too old.
    pub fn is_fresh(&self, index: u64) -> bool {
        index > self.top || (self.top - index < WINDOW && !self.has(index))
    }

    /// Remembers an index; one below the window has no effect.
    pub fn mark(&mut self, index: u64) {
        if index > self.top {
            if index - self.top >= WINDOW {
                self.seen = [0; WORDS];
            } else {
                (self.top + 1..index).for_each(|skipped| self.clear(skipped));
            }
            self.top = index;
        } else if self.top - index >= WINDOW {
            return;
        }
        self.set(index);
    }

    fn has(&self, index: u64) -> bool {
        self.seen[word(index)] >> (index % 64) & 1 == 1
    }

    fn set(&mut self, index: u64) {
        self.seen[word(index)] |= 1 << (index % 64);
    }

    fn clear(&mut self, index: u64) {
        self.seen[word(index)] &= !(1 << (index % 64));
    }
}

fn word(index: u64) -> usize {
    (index % WINDOW / 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn an_index_is_fresh_once(start in 0u64..200_000, steps in proptest::collection::vec(-1500i64..1500, 1..400)) {
            let mut window = Window::new(1, start);
            let mut seen = BTreeSet::from([start]);
            for step in steps {
                let index = (window.top() as i64 + step).max(0) as u64;
                if window.is_fresh(index) {
                    prop_assert!(seen.insert(index));
                    window.mark(index);
                } else {
                    prop_assert!(seen.contains(&index) || index + WINDOW <= window.top());
                }
            }
        }
    }
}
