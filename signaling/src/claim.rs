//! Words of claims: `contact` shows a link's level, `verification` computes it, `timeline` lists both.

crate::words! {
    /// What a claim is about.
    pub enum ClaimKind in "claims.kind" { Identity = "identity", Nationality = "nationality", Link = "link" }
}

crate::words! {
    /// How well a claim is founded.
    pub enum Level in "claims.level" { L0 = "l0", L1 = "l1", L2 = "l2", L3 = "l3", L4 = "l4", X = "x" }
}
