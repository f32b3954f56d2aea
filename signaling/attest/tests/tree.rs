//! The tree against an independent implementation, and against forgers.

use attest::hash::Hash;
use attest::tree::{
    Frontier, NodeId, Tree, TreeError, consistency_nodes, consistency_proof, empty_root, inclusion_nodes,
    inclusion_proof, leaf_hash, node_hash, verify_consistency, verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;

const SIZES: u64 = 70;

fn data(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

fn tree_of(size: u64) -> Tree {
    Tree::from_leaves((0..size).map(|index| leaf_hash(&data(index))))
}

#[test]
fn hashes_are_those_of_the_published_vectors() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(empty_root().to_string(), empty);
    assert_eq!(Tree::default().root().to_string(), empty);
    // The first leaf of the test vectors of RFC 6962's reference implementation is empty.
    let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    assert_eq!(leaf_hash(b"").to_string(), leaf);
    let eight: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let root = Tree::from_leaves(eight.map(leaf_hash)).root();
    let published = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    assert_eq!(root.to_string(), published);
}

#[test]
fn roots_and_proofs_are_those_of_another_implementation() {
    let mut other = MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
    let mut tree = Tree::default();
    for size in 1..=SIZES {
        other.push(data(size - 1));
        tree.push(leaf_hash(&data(size - 1)));
        assert_eq!(tree.root().as_bytes()[..], other.root().as_bytes()[..]);
        for index in 0..size {
            let theirs = other.prove_inclusion(usize::try_from(index).unwrap());
            let ours = tree.inclusion_proof(index, size).unwrap();
            assert_eq!(ours.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(), theirs.as_bytes());
        }
        for old in 1..size {
            let added = usize::try_from(size - old).unwrap();
            let theirs = other.prove_consistency(added);
            let ours = tree.consistency_proof(old, size).unwrap();
            assert_eq!(ours.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(), theirs.as_bytes());
        }
    }
}

#[test]
fn true_proofs_of_inclusion_hold_and_forged_ones_do_not() {
    let tree = tree_of(SIZES);
    for size in 1..=SIZES {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            let leaf = leaf_hash(&data(index));
            let proof = tree.inclusion_proof(index, size).unwrap();
            assert!(verify_inclusion(&leaf, index, size, &proof, &root));
            for other in (0..size + 2).filter(|other| *other != index) {
                assert!(!verify_inclusion(&leaf, other, size, &proof, &root));
            }
            for forged in forgeries(&proof) {
                assert!(!verify_inclusion(&leaf, index, size, &forged, &root));
            }
            let other_leaf = leaf_hash(b"another");
            assert!(!verify_inclusion(&other_leaf, index, size, &proof, &root));
        }
    }
}

#[test]
fn true_proofs_of_consistency_hold_and_forged_ones_do_not() {
    let tree = tree_of(SIZES);
    for new in 1..=SIZES {
        let new_root = tree.root_at(new).unwrap();
        for old in 1..=new {
            let old_root = tree.root_at(old).unwrap();
            let proof = tree.consistency_proof(old, new).unwrap();
            assert!(verify_consistency(old, new, &old_root, &new_root, &proof));
            for forged in forgeries(&proof) {
                assert!(!verify_consistency(old, new, &old_root, &new_root, &forged));
            }
            let fork = leaf_hash(b"fork");
            assert!(!verify_consistency(old, new, &fork, &new_root, &proof));
            assert!(!verify_consistency(old, new, &old_root, &fork, &proof));
        }
    }
}

/// Each hash changed, dropped or doubled, neighbours swapped, one hash appended.
fn forgeries(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut forged = vec![[proof, &[leaf_hash(b"more")]].concat()];
    for at in 0..proof.len() {
        let mut changed = proof.to_vec();
        changed[at].0[at % 32] ^= 1;
        let mut dropped = proof.to_vec();
        dropped.remove(at);
        let mut doubled = proof.to_vec();
        doubled.insert(at, proof[at]);
        forged.extend([changed, dropped, doubled]);
        if at + 1 < proof.len() {
            let mut swapped = proof.to_vec();
            swapped.swap(at, at + 1);
            forged.push(swapped);
        }
    }
    forged
}

/// What a database does: it stores nodes once and fetches only the ones asked for.
#[test]
fn stored_nodes_are_enough_to_go_on_and_to_prove() {
    let mut stored = std::collections::BTreeMap::<NodeId, Hash>::new();
    for size in 0..SIZES {
        let mut frontier = Frontier::resume(size, |node| stored.get(&node).copied()).unwrap();
        assert_eq!(frontier.root(), tree_of(size).root());
        for (node, hash) in frontier.push(leaf_hash(&data(size))) {
            assert_eq!(stored.insert(node, hash), None, "a stored node never changes");
        }
    }
    let tree = tree_of(SIZES);
    for at in 0..SIZES {
        let fetched = inclusion_nodes(at, SIZES).unwrap();
        let lookup = |node| fetched.contains(&node).then(|| stored[&node]);
        let proof = inclusion_proof(at, SIZES, lookup).unwrap();
        assert_eq!(proof, tree.inclusion_proof(at, SIZES).unwrap());
        let fetched = consistency_nodes(at + 1, SIZES).unwrap();
        let lookup = |node| fetched.contains(&node).then(|| stored[&node]);
        let proof = consistency_proof(at + 1, SIZES, lookup).unwrap();
        assert_eq!(proof, tree.consistency_proof(at + 1, SIZES).unwrap());
    }
}

#[test]
fn a_lost_node_and_a_place_outside_the_tree_are_errors() {
    let lost = NodeId { level: 1, index: 0 };
    let tree = tree_of(4);
    let lookup = |node| if node == lost { None } else { tree.node(node) };
    assert_eq!(inclusion_proof(2, 4, lookup), Err(TreeError::MissingNode(lost)));
    assert_eq!(tree.inclusion_proof(4, 4), Err(TreeError::OutOfRange { at: 4, size: 4 }));
    assert_eq!(tree.consistency_proof(0, 4), Err(TreeError::OutOfRange { at: 0, size: 4 }));
    assert_eq!(tree.inclusion_proof(3, 5), Err(TreeError::MissingNode(NodeId { level: 0, index: 4 })));
}

proptest! {
    #[test]
    fn no_made_up_proof_is_accepted(
        index: u64,
        size: u64,
        proof in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..70),
    ) {
        let (leaf, root) = (leaf_hash(b"leaf"), node_hash(&leaf_hash(b"x"), &leaf_hash(b"y")));
        prop_assert!(!verify_inclusion(&leaf, index, size, &proof, &root));
        prop_assert!(!verify_consistency(index, size, &leaf, &root, &proof));
    }
}
