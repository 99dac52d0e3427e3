//! Decodes response bodies. No request permits an encoding, but some servers encode their responses anyway.
//!
//! A body is decoded while it is read, so the limits of its readers also limit the decoded size.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ureq::http::HeaderMap;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

type Body = Box<dyn Read + Send>;

/// The value of `Accept-Encoding` in every request.
pub const REQUESTED: &str = "identity";

// Encodings in one response. Each one needs a buffer.
const MAX_ENCODINGS: usize = 3;

/// Returns the body without its encodings, and removes the headers that describe the encoded body.
pub fn decoded(headers: &mut HeaderMap, mut body: Body) -> Body {
    let values = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(',')).map(|name| name.trim().to_owned());
    let names: Vec<String> =
        names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(REQUESTED)).collect();
    if names.is_empty() {
        return body;
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    if names.len() > MAX_ENCODINGS {
        return Box::new(UndecodableBody("too many encodings".to_owned()));
    }
    for name in names.into_iter().rev() {
        body = match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Box::new(Decoder::new(body, Encoding::Gzip)),
            "deflate" => Box::new(Decoder::new(body, Encoding::Deflate)),
            _other => {
                Box::new(UndecodableBody(format!("the encoding `{name}`, which was not requested")))
            }
        };
    }
    body
}

/// A body that cannot be decoded. Its status and headers are still used.
struct UndecodableBody(String);

impl Read for UndecodableBody {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(format!("the response has {}", self.0)))
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    Gzip,
    Deflate,
}

/// A body whose first byte shows its real encoding.
struct Decoder {
    unread: Option<BufReader<Body>>,
    encoding: Encoding,
    decoded: Body,
}

impl Decoder {
    fn new(body: Body, encoding: Encoding) -> Self {
        Self { unread: Some(BufReader::new(body)), encoding, decoded: Box::new(io::empty()) }
    }
}

impl Read for Decoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(unread) = &mut self.unread {
            let first = unread.fill_buf()?.first().copied();
            self.decoded = match self.unread.take() {
                Some(body) => start(body, self.encoding, first),
                None => Box::new(io::empty()),
            };
        }
        self.decoded.read(out)
    }
}

fn start(body: BufReader<Body>, encoding: Encoding, first: Option<u8>) -> Body {
    match (encoding, first) {
        (Encoding::Gzip, Some(0x1f)) => Box::new(MultiGzDecoder::new(body)),
        // A body without gzip's first byte is not encoded, whatever its header says.
        (Encoding::Gzip, Some(_)) | (_, None) => Box::new(body),
        // RFC 9110, section 8.4.1.2: some servers send deflate without zlib's header.
        (Encoding::Deflate, Some(byte)) if byte & 0x8f == 0x08 => Box::new(ZlibDecoder::new(body)),
        (Encoding::Deflate, Some(_)) => Box::new(DeflateDecoder::new(body)),
    }
}

#[cfg(test)]
mod tests;
