//! From text to sections with typed attributes. Nothing here knows offers from answers.

use super::{Fingerprint, MAX_SDP_BYTES, SdpError, Session};
use crate::ids::Kind;

/// Lines of media in one description: two of every other participant of a full room, and room for refused ones.
const MAX_MEDIA_LINES: usize = 32;
/// Tokens that we repeat (mid) or compare (session id).
const MAX_TOKEN: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    SendOnly,
    ReceiveOnly,
    Both,
    Inactive,
}

/// What an m-line carries. Only words that we may repeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Medium {
    Track(Kind),
    Data,
}

/// One m-line with its attributes.
#[derive(Debug)]
pub struct MediaLine<'a> {
    pub medium: Medium,
    /// Port 0: the line is refused or no longer used.
    pub refused: bool,
    pub mid: &'a str,
    pub direction: Direction,
    attributes: Vec<(&'a str, &'a str)>,
}

/// A description, still borrowed from its text.
#[derive(Debug)]
pub struct Description<'a> {
    pub session: Session,
    /// The client is willing to start the handshake.
    pub may_be_active: bool,
    pub lines: Vec<MediaLine<'a>>,
}

impl<'a> Description<'a> {
    pub fn parse(text: &'a str) -> Result<Description<'a>, SdpError> {
        if text.len() > MAX_SDP_BYTES {
            return Err(SdpError::TooLong);
        }
        let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        if lines.next() != Some("v=0") {
            return Err(SdpError::Malformed("it does not begin with v=0"));
        }
        let mut origin = None;
        let mut session_attributes = Vec::new();
        let mut media: Vec<MediaLine> = Vec::new();
        for line in lines {
            let (name, value) = line.split_once('=').ok_or(SdpError::Malformed("a line without ="))?;
            match name {
                "o" => origin = value.split(' ').nth(1).filter(|id| is_token(id)),
                "m" if media.len() == MAX_MEDIA_LINES => return Err(SdpError::Unsupported("so many m-lines")),
                "m" => media.push(MediaLine::begin(value)?),
                "a" => {
                    let (key, value) = value.split_once(':').unwrap_or((value, ""));
                    let attribute = (key, value.trim());
                    media.last_mut().map_or(&mut session_attributes, |line| &mut line.attributes).push(attribute);
                }
                _ => {}
            }
        }
        for line in &mut media {
            line.finish(&session_attributes)?;
        }
        let all = || media.iter().flat_map(|line| &line.attributes).chain(&session_attributes);
        let fingerprint = one_fingerprint(all())?;
        let may_be_active = all().any(|(key, value)| *key == "setup" && matches!(*value, "actpass" | "active"));
        let ufrag = all().find(|(key, _)| *key == "ice-ufrag").map(|(_, value)| *value).filter(|ufrag| is_token(ufrag));
        let ufrag = ufrag.ok_or(SdpError::Malformed("ice-ufrag"))?.to_owned();
        let id = origin.ok_or(SdpError::Malformed("no usable o-line"))?.to_owned();
        Ok(Description { session: Session { id, fingerprint, ufrag }, may_be_active, lines: media })
    }
}

fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-_./{}".contains(&byte);
    !text.is_empty() && text.len() <= MAX_TOKEN && text.bytes().all(allowed)
}

/// The SHA-256 fingerprint; all sections must agree on it, as there is one transport.
fn one_fingerprint<'a>(attributes: impl Iterator<Item = &'a (&'a str, &'a str)>) -> Result<Fingerprint, SdpError> {
    let mut found = None;
    for (_, value) in attributes.filter(|(key, _)| *key == "fingerprint") {
        let Some((algorithm, hash)) = value.split_once(' ') else { continue };
        if !algorithm.eq_ignore_ascii_case("sha-256") {
            continue;
        }
        let hash = Fingerprint::parse(hash.trim()).ok_or(SdpError::Malformed("fingerprint"))?;
        if found.is_some_and(|other| other != hash) {
            return Err(SdpError::Unsupported("several certificates"));
        }
        found = Some(hash);
    }
    found.ok_or(SdpError::Unsupported("a description without a sha-256 fingerprint"))
}

impl<'a> MediaLine<'a> {
    fn begin(value: &'a str) -> Result<MediaLine<'a>, SdpError> {
        let mut words = value.split(' ');
        let medium = match words.next() {
            Some("audio") => Medium::Track(Kind::Audio),
            Some("video") => Medium::Track(Kind::Video),
            Some("application") => Medium::Data,
            _ => return Err(SdpError::Unsupported("an m-line that is not audio, video or application")),
        };
        let port: u16 = words.next().and_then(|port| port.parse().ok()).ok_or(SdpError::Malformed("port"))?;
        let refused = port == 0;
        Ok(MediaLine { medium, refused, mid: "", direction: Direction::Both, attributes: Vec::new() })
    }

    /// Fills in what is known once all attributes were read.
    fn finish(&mut self, session: &[(&'a str, &'a str)]) -> Result<(), SdpError> {
        self.mid = self.first("mid").unwrap_or("");
        let may_lack_it = self.refused && self.mid.is_empty();
        if !may_lack_it && !is_token(self.mid) {
            return Err(SdpError::Malformed("mid"));
        }
        let direction = |attributes: &[(&str, &str)]| {
            attributes.iter().find_map(|(key, _)| match *key {
                "sendonly" => Some(Direction::SendOnly),
                "recvonly" => Some(Direction::ReceiveOnly),
                "sendrecv" => Some(Direction::Both),
                "inactive" => Some(Direction::Inactive),
                _ => None,
            })
        };
        self.direction = direction(&self.attributes).or_else(|| direction(session)).unwrap_or(Direction::Both);
        Ok(())
    }

    fn all(&self, wanted: &str) -> impl Iterator<Item = &'a str> {
        self.attributes.iter().filter(move |(key, _)| *key == wanted).map(|(_, value)| *value)
    }

    fn first(&self, wanted: &str) -> Option<&'a str> {
        self.all(wanted).next()
    }

    pub fn has(&self, wanted: &str) -> bool {
        self.first(wanted).is_some()
    }

    /// The payload types of a codec, in order of preference.
    pub fn payload_types(&self, codec: &str) -> impl Iterator<Item = u8> {
        self.all("rtpmap")
            .filter_map(|map| map.split_once(' '))
            .filter(move |(_, name)| name.eq_ignore_ascii_case(codec))
            .filter_map(|(number, _)| number.parse().ok())
            .filter(|number| *number < 128)
    }

    /// The repair stream of a payload type.
    pub fn rtx_of(&self, payload_type: u8) -> Option<u8> {
        let apt = format!("apt={payload_type}");
        self.payload_types("rtx/90000").find(|rtx| {
            self.all("fmtp").filter_map(|format| format.split_once(' ')).any(|(number, parameters)| {
                number.parse() == Ok(*rtx) && parameters.split(';').any(|p| p.trim() == apt)
            })
        })
    }

    pub fn has_feedback(&self, payload_type: u8, wanted: &str) -> bool {
        self.all("rtcp-fb")
            .filter_map(|feedback| feedback.split_once(' '))
            .any(|(number, name)| (number == "*" || number.parse() == Ok(payload_type)) && name.trim() == wanted)
    }

    /// The id of a header extension, if it fits the one-byte form.
    pub fn extension(&self, uri: &str) -> Option<u8> {
        self.all("extmap")
            .filter_map(|map| map.split_once(' '))
            .find(|(_, name)| name.split(' ').next() == Some(uri))
            .and_then(|(id, _)| id.split('/').next()?.parse().ok())
            .filter(|id| (1..=14).contains(id))
    }
}
