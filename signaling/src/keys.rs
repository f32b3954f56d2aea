//! Keys: provider → institution key → case keys by class, all outside PostgreSQL and its backups, so that destroying
//! one is final. The file provider is the only one so far; PKCS#11 and a vault come behind the same functions.
//!
//! Sealed text is `nonce (24) ‖ XChaCha20-Poly1305 ciphertext`, bound to the case, the class and the column's name.
use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ed25519_dalek::SigningKey;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::id::{CaseId, Chance, InstitutionId};

/// What a case key opens; each can be destroyed without the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseKeyClass {
    /// Names, phones, answers, notes.
    Contact,
    /// Documents and what is said about them.
    Evidence,
    Recording,
    /// The salts of the evidence log: without them a commitment is a random number.
    Salt,
}

impl CaseKeyClass {
    const ALL: [CaseKeyClass; 4] = [Self::Contact, Self::Evidence, Self::Recording, Self::Salt];
    fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Evidence => "evidence",
            Self::Recording => "recording",
            Self::Salt => "salt",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key is not there: destroyed, or never made")]
    Gone,
    #[error("sealed text does not open: wrong key, or changed")]
    DoesNotOpen,
    #[error("key store: {0}")]
    Store(#[from] io::Error),
}

type Key = Zeroizing<[u8; 32]>;
const NONCE_BYTES: usize = 24;
/// Case keys kept open; a case file touches four.
const MAX_OPEN_KEYS: usize = 4096;

#[derive(Clone)]
pub struct Keys(Arc<Store>);

struct Store {
    root: PathBuf,
    master: Key,
    chance: Chance,
    open: Mutex<HashMap<(CaseId, CaseKeyClass), Key>>,
    /// Institutions' wrapping keys; they are few and are never destroyed.
    wrapping: Mutex<HashMap<InstitutionId, Key>>,
}

impl Keys {
    /// Opens the key folder, or makes it with a new master key.
    pub fn open(root: &Path, chance: Chance) -> Result<Self, KeyError> {
        for folder in [root.to_path_buf(), root.join("cases"), root.join("institutions")] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let path = root.join("master.key");
        if !path.exists() {
            write_once(&path, &chance.bytes::<32>())?;
        }
        let master = read_key(&path)?;
        Ok(Keys(Arc::new(Store {
            root: root.to_path_buf(),
            master,
            chance,
            open: Mutex::default(),
            wrapping: Mutex::default(),
        })))
    }

    /// Makes the institution's wrapping and signing keys where they are missing.
    pub fn make_institution(&self, institution: InstitutionId) -> Result<(), KeyError> {
        for name in ["wrap", "sign"] {
            let path = self.institution_path(institution, name);
            if !path.exists() {
                self.write_wrapped(&path, &self.0.master, &self.0.chance.bytes::<32>())?;
            }
        }
        Ok(())
    }

    /// Makes a case's keys, one per class, wrapped by its institution's key.
    pub fn make_case(&self, institution: InstitutionId, case: CaseId) -> Result<(), KeyError> {
        let wrap = self.institution_key(institution, "wrap")?;
        let folder = self.case_folder(case);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        write_once(&folder.join("institution"), institution.uuid().as_bytes())?;
        for class in CaseKeyClass::ALL {
            self.write_wrapped(&folder.join(class.as_str()), &wrap, &self.0.chance.bytes::<32>())?;
        }
        Ok(())
    }

    /// Destroys one class of a case's keys: what it sealed is gone, here and in every backup of the database.
    pub fn destroy(&self, case: CaseId, class: CaseKeyClass) -> Result<(), KeyError> {
        self.0.open.lock().expect("no holder panics").remove(&(case, class));
        fs::remove_file(self.case_folder(case).join(class.as_str())).map_err(gone)
    }

    pub fn seal(&self, case: CaseId, class: CaseKeyClass, what: &str, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.case_key(case, class)?;
        Ok(seal_with(&key, &self.0.chance, &binding(case, class, what), plain))
    }

    pub fn open_sealed(
        &self,
        case: CaseId,
        class: CaseKeyClass,
        what: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        open_with(&*self.case_key(case, class)?, &binding(case, class, what), sealed)
    }

    /// `what` is `table.column`: a sealed value moved to another column does not open.
    pub fn seal_text(&self, case: CaseId, what: &str, text: &str) -> Result<Vec<u8>, KeyError> {
        self.seal(case, CaseKeyClass::Contact, what, text.as_bytes())
    }

    pub fn open_text(&self, case: CaseId, what: &str, sealed: &[u8]) -> Result<String, KeyError> {
        let bytes = self.open_sealed(case, CaseKeyClass::Contact, what, sealed)?;
        String::from_utf8(bytes).map_err(|_| KeyError::DoesNotOpen)
    }

    /// A keyed index of a normalised value: equal values are found, none is read.
    pub fn blind_index(&self, what: &str, normalised: &str) -> Vec<u8> {
        self.derive(&format!("index:{what}:{normalised}")).to_vec()
    }

    /// A key of the instance for one use (codes, the database's app role, the room tokens).
    pub fn derive(&self, label: &str) -> Key {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0.master).expect("any key length");
        mac.update(label.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    pub fn institution_signing_key(&self, institution: InstitutionId) -> Result<SigningKey, KeyError> {
        Ok(SigningKey::from_bytes(&*self.institution_key(institution, "sign")?))
    }

    pub fn log_signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive("evidence log"))
    }

    fn case_key(&self, case: CaseId, class: CaseKeyClass) -> Result<Key, KeyError> {
        if let Some(key) = self.0.open.lock().expect("no holder panics").get(&(case, class)) {
            return Ok(key.clone());
        }
        let folder = self.case_folder(case);
        let owner = fs::read(folder.join("institution")).map_err(gone)?;
        let owner = uuid::Uuid::from_slice(&owner).map_err(|_| KeyError::DoesNotOpen)?;
        let wrap = self.wrapping_key(InstitutionId(owner))?;
        let key = self.read_wrapped(&folder.join(class.as_str()), &wrap)?;
        let mut open = self.0.open.lock().expect("no holder panics");
        if open.len() >= MAX_OPEN_KEYS {
            open.clear();
        }
        open.insert((case, class), key.clone());
        Ok(key)
    }

    fn wrapping_key(&self, institution: InstitutionId) -> Result<Key, KeyError> {
        if let Some(key) = self.0.wrapping.lock().expect("no holder panics").get(&institution) {
            return Ok(key.clone());
        }
        let key = self.institution_key(institution, "wrap")?;
        self.0.wrapping.lock().expect("no holder panics").insert(institution, key.clone());
        Ok(key)
    }

    fn institution_key(&self, institution: InstitutionId, name: &str) -> Result<Key, KeyError> {
        self.read_wrapped(&self.institution_path(institution, name), &self.0.master)
    }

    fn institution_path(&self, institution: InstitutionId, name: &str) -> PathBuf {
        self.0.root.join("institutions").join(format!("{}.{name}", institution.uuid().simple()))
    }

    fn case_folder(&self, case: CaseId) -> PathBuf {
        self.0.root.join("cases").join(case.uuid().simple().to_string())
    }

    fn write_wrapped(&self, path: &Path, wrap: &Key, key: &[u8; 32]) -> Result<(), KeyError> {
        Ok(write_once(path, &seal_with(wrap, &self.0.chance, b"wrapped key v1", key))?)
    }

    fn read_wrapped(&self, path: &Path, wrap: &Key) -> Result<Key, KeyError> {
        let plain = Zeroizing::new(open_with(wrap, b"wrapped key v1", &fs::read(path).map_err(gone)?)?);
        Ok(Zeroizing::new(plain.as_slice().try_into().map_err(|_| KeyError::DoesNotOpen)?))
    }
}

fn binding(case: CaseId, class: CaseKeyClass, what: &str) -> Vec<u8> {
    format!("v1|{}|{}|{what}", case.uuid().simple(), class.as_str()).into_bytes()
}

fn seal_with(key: &[u8; 32], chance: &Chance, aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce = chance.bytes::<NONCE_BYTES>();
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed =
        cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad }).expect("encryption fails only past 256 GiB");
    [nonce.as_slice(), &sealed].concat()
}

fn open_with(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
    let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or(KeyError::DoesNotOpen)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().expect("split at the nonce's length");
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(nonce), Payload { msg: body, aad })
        .map_err(|_| KeyError::DoesNotOpen)
}

fn gone(error: io::Error) -> KeyError {
    if error.kind() == io::ErrorKind::NotFound { KeyError::Gone } else { KeyError::Store(error) }
}

/// Written and synced before its name appears; never over an existing one.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::hard_link(&temporary, path)?;
    fs::remove_file(&temporary)
}

fn read_key(path: &Path) -> Result<Key, KeyError> {
    Ok(Zeroizing::new(fs::read(path)?.as_slice().try_into().map_err(|_| KeyError::DoesNotOpen)?))
}
