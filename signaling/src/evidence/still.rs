//! What a still must be. Pure: bytes and headers in, what they are out.
use attest::hash::Hash;
use imagesize::ImageType;

use super::Error;

/// A camera's full resolution as JPEG; a PNG of that size is for scans.
pub const MAX_STILL_BYTES: usize = 12 * 1024 * 1024;
/// Longest side. A header can claim far more than its file holds, and whoever shows it would allocate that.
const MAX_SIDE_PX: usize = 16_384;

/// A still that was looked at: it is what its sender says, and a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub media_type: &'static str,
    pub width_px: i32,
    pub height_px: i32,
    pub sha256: Hash,
    pub size_bytes: usize,
}

/// Accepts JPEG and PNG whose header gives dimensions and whose bytes have the hash that the sender computed.
pub fn check(bytes: &[u8], sender_sha256: Hash) -> Result<Checked, Error> {
    if bytes.len() > MAX_STILL_BYTES {
        return Err(Error::TooLarge);
    }
    let sha256 = Hash::of(bytes);
    if sha256 != sender_sha256 {
        return Err(Error::HashDiffers);
    }
    let media_type = match imagesize::image_type(bytes) {
        Ok(ImageType::Jpeg) => "image/jpeg",
        Ok(ImageType::Png) => "image/png",
        _ => return Err(Error::NotAnImage),
    };
    let size = imagesize::blob_size(bytes).map_err(|_| Error::NotAnImage)?;
    if size.width.min(size.height) == 0 || size.width.max(size.height) > MAX_SIDE_PX {
        return Err(Error::NotAnImage);
    }
    let px = |side: usize| i32::try_from(side).expect("bounded by MAX_SIDE_PX");
    Ok(Checked { media_type, width_px: px(size.width), height_px: px(size.height), sha256, size_bytes: bytes.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The head of a PNG of these dimensions; nobody decodes more of it here.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn judge(bytes: &[u8]) -> Result<Checked, Error> {
        check(bytes, Hash::of(bytes))
    }

    #[test]
    fn a_png_gives_its_type_and_dimensions() {
        let checked = judge(&png(3840, 2160)).expect("a picture");
        assert_eq!((checked.media_type, checked.width_px, checked.height_px), ("image/png", 3840, 2160));
    }

    #[test]
    fn bytes_with_another_hash_are_refused_before_anybody_looks_into_them() {
        assert!(matches!(check(&png(4, 4), Hash::of(b"other")), Err(Error::HashDiffers)));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bytes in [
            &b""[..],
            b"%PDF-1.7",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a\x01\0\x01\0",
            b"\xff\xd8\xff",
        ] {
            assert!(matches!(judge(bytes), Err(Error::NotAnImage)), "{bytes:?}");
        }
    }

    #[test]
    fn a_header_that_claims_too_much_or_nothing_is_refused() {
        for (width, height) in [(0, 4), (4, 0), (20_000, 4), (u32::MAX, u32::MAX)] {
            assert!(matches!(judge(&png(width, height)), Err(Error::NotAnImage)), "{width}x{height}");
        }
    }

    #[test]
    fn one_byte_more_than_a_still_may_have_is_refused() {
        let mut bytes = png(4, 4);
        bytes.resize(MAX_STILL_BYTES, 0);
        assert!(judge(&bytes).is_ok());
        bytes.push(0);
        assert!(matches!(judge(&bytes), Err(Error::TooLarge)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_check_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512), head in 0..3) {
            let head: &[u8] = [&b"\xff\xd8\xff\xe0"[..], b"\x89PNG\r\n\x1a\n", b""][head as usize];
            let _ = judge(&[head, &bytes].concat());
        }
    }
}
