//! The Merkle tree of RFC 6962 / RFC 9162 over SHA-256.
//!
//! A node that is complete (its subtree is full) never changes again, so a database can store it
//! once: [`Frontier::push`] says which nodes to insert, [`inclusion_nodes`] and
//! [`consistency_nodes`] which ones to fetch for a proof, and the proof functions take a lookup
//! over what was fetched. [`Tree`] holds all nodes in memory, for exports and tests.

use sha2::{Digest, Sha256};

use crate::hash::Hash;

/// No inclusion or consistency proof over 2^64 leaves is longer.
pub const MAX_PROOF_HASHES: usize = 64;

/// A complete node: `index` counts the nodes of one `level` from the left; level 0 are the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub level: u32,
    pub index: u64,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("the stored tree lacks node {} of level {}", .0.index, .0.level)]
    MissingNode(NodeId),
    #[error("the tree of {size} leaves has nothing at {at}")]
    OutOfRange { at: u64, size: u64 },
}

/// SHA-256(0x00 ‖ data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(data).finalize().into())
}

/// SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let hash = Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0);
    Hash(hash.finalize().into())
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The right edge of a growing tree: enough to append and to know the root, 64 hashes at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<(NodeId, Hash)>,
}

impl Frontier {
    /// The complete nodes that a tree of this size ends in, largest first.
    pub fn nodes(size: u64) -> Vec<NodeId> {
        let mut start = 0;
        let mut nodes = Vec::new();
        for level in (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1) {
            nodes.push(NodeId { level, index: start >> level });
            start += 1 << level;
        }
        nodes
    }

    /// Takes up a stored tree of `size` leaves; `lookup` answers for [`Frontier::nodes`].
    pub fn resume(size: u64, mut lookup: impl FnMut(NodeId) -> Option<Hash>) -> Result<Self, TreeError> {
        let peaks = Self::nodes(size)
            .into_iter()
            .map(|node| Ok((node, lookup(node).ok_or(TreeError::MissingNode(node))?)))
            .collect::<Result<_, TreeError>>()?;
        Ok(Self { size, peaks })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and returns every node that it completed, the leaf first.
    pub fn push(&mut self, leaf: Hash) -> Vec<(NodeId, Hash)> {
        let mut node = (NodeId { level: 0, index: self.size }, leaf);
        let mut completed = vec![node];
        while node.0.index % 2 == 1 {
            let Some((_, left)) = self.peaks.pop() else {
                unreachable!("an odd node has its left sibling on the frontier");
            };
            let parent = NodeId { level: node.0.level + 1, index: node.0.index / 2 };
            node = (parent, node_hash(&left, &node.1));
            completed.push(node);
        }
        self.peaks.push(node);
        self.size += 1;
        completed
    }

    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        let Some(smallest) = peaks.next() else {
            return empty_root();
        };
        peaks.fold(smallest, |right, left| node_hash(&left, &right))
    }
}

/// A whole tree in memory.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    frontier: Frontier,
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub fn from_leaves(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let mut tree = Self::default();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }

    pub fn push(&mut self, leaf: Hash) {
        for (node, hash) in self.frontier.push(leaf) {
            let level = node.level as usize;
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(hash);
        }
    }

    pub fn size(&self) -> u64 {
        self.frontier.size
    }

    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    pub fn node(&self, node: NodeId) -> Option<Hash> {
        let index = usize::try_from(node.index).ok()?;
        self.levels.get(node.level as usize)?.get(index).copied()
    }

    /// The root that the tree had at an earlier size.
    pub fn root_at(&self, size: u64) -> Result<Hash, TreeError> {
        if size == 0 {
            return Ok(empty_root());
        }
        subtree_root(0, size, &mut |node| self.node(node))
    }

    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, TreeError> {
        inclusion_proof(index, size, |node| self.node(node))
    }

    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, TreeError> {
        consistency_proof(old, new, |node| self.node(node))
    }
}

/// The stored nodes that [`inclusion_proof`] will look up.
pub fn inclusion_nodes(index: u64, size: u64) -> Result<Vec<NodeId>, TreeError> {
    let mut needed = Vec::new();
    inclusion_proof(index, size, record(&mut needed))?;
    Ok(needed)
}

/// The stored nodes that [`consistency_proof`] will look up.
pub fn consistency_nodes(old: u64, new: u64) -> Result<Vec<NodeId>, TreeError> {
    let mut needed = Vec::new();
    consistency_proof(old, new, record(&mut needed))?;
    Ok(needed)
}

fn record(needed: &mut Vec<NodeId>) -> impl FnMut(NodeId) -> Option<Hash> {
    |node| {
        needed.push(node);
        Some(Hash([0; 32]))
    }
}

/// The proof that leaf `index` stands in the tree of the first `size` leaves, sibling first.
pub fn inclusion_proof(
    index: u64,
    size: u64,
    mut lookup: impl FnMut(NodeId) -> Option<Hash>,
) -> Result<Vec<Hash>, TreeError> {
    if index >= size {
        return Err(TreeError::OutOfRange { at: index, size });
    }
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + largest_power_below(high - low);
        if index < middle {
            proof.push(subtree_root(middle, high, &mut lookup)?);
            high = middle;
        } else {
            proof.push(subtree_root(low, middle, &mut lookup)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `old` leaves is a prefix of the tree of `new` leaves.
pub fn consistency_proof(
    old: u64,
    new: u64,
    mut lookup: impl FnMut(NodeId) -> Option<Hash>,
) -> Result<Vec<Hash>, TreeError> {
    if old == 0 || old > new {
        return Err(TreeError::OutOfRange { at: old, size: new });
    }
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, new);
    while high != old {
        let middle = low + largest_power_below(high - low);
        if old <= middle {
            proof.push(subtree_root(middle, high, &mut lookup)?);
            high = middle;
        } else {
            proof.push(subtree_root(low, middle, &mut lookup)?);
            low = middle;
        }
    }
    if low != 0 {
        proof.push(subtree_root(low, high, &mut lookup)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The hash over the leaves `low..high`, where `low` starts a complete subtree.
fn subtree_root(low: u64, high: u64, lookup: &mut impl FnMut(NodeId) -> Option<Hash>) -> Result<Hash, TreeError> {
    let width = high - low;
    if width.is_power_of_two() {
        let level = width.trailing_zeros();
        let node = NodeId { level, index: low >> level };
        return lookup(node).ok_or(TreeError::MissingNode(node));
    }
    let middle = low + largest_power_below(width);
    let left = subtree_root(low, middle, lookup)?;
    Ok(node_hash(&left, &subtree_root(middle, high, lookup)?))
}

/// The largest power of two smaller than a width of at least 2.
fn largest_power_below(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}

/// RFC 9162, 2.1.3.2.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut first, mut second) = (index, size - 1);
    let mut computed = *leaf;
    for sibling in proof {
        if second == 0 {
            return false;
        }
        if first & 1 == 1 || first == second {
            computed = node_hash(sibling, &computed);
            (first, second) = skip_left_edge(first, second);
        } else {
            computed = node_hash(&computed, sibling);
        }
        first >>= 1;
        second >>= 1;
    }
    second == 0 && computed == *root
}

/// RFC 9162, 2.1.4.2.
pub fn verify_consistency(old: u64, new: u64, old_root: &Hash, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return false;
    }
    let shift = (old - 1).trailing_ones();
    let (mut first, mut second) = ((old - 1) >> shift, (new - 1) >> shift);
    let (seed, rest) = match proof {
        rest if old.is_power_of_two() && !rest.is_empty() => (old_root, rest),
        [seed, rest @ ..] => (seed, rest),
        [] => return false,
    };
    let (mut old_computed, mut new_computed) = (*seed, *seed);
    for sibling in rest {
        if second == 0 {
            return false;
        }
        if first & 1 == 1 || first == second {
            old_computed = node_hash(sibling, &old_computed);
            new_computed = node_hash(sibling, &new_computed);
            (first, second) = skip_left_edge(first, second);
        } else {
            new_computed = node_hash(&new_computed, sibling);
        }
        first >>= 1;
        second >>= 1;
    }
    second == 0 && old_computed == *old_root && new_computed == *new_root
}

/// Climbs the levels at which the path has no sibling, because it runs along the right edge.
fn skip_left_edge(mut first: u64, mut second: u64) -> (u64, u64) {
    while first & 1 == 0 && first != 0 {
        first >>= 1;
        second >>= 1;
    }
    (first, second)
}
