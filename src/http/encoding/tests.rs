use std::io::Write as _;
use std::sync::mpsc::{Receiver, channel};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use ureq::http::HeaderValue;

use super::*;

const TEXT: &[u8] = b"{ \"issuer\": \"https://as\" }";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(names: &[&str], body: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    for name in names {
        headers.append(CONTENT_ENCODING, name.parse().unwrap());
    }
    let mut out = vec![];
    decoded(&mut headers, Box::new(io::Cursor::new(body))).read_to_end(&mut out)?;
    Ok(out)
}

#[test]
fn a_body_is_decoded_under_every_name_of_its_encoding() {
    for (names, body) in [
        (vec![], TEXT.to_vec()),
        (vec!["identity"], TEXT.to_vec()),
        (vec!["gzip"], gzip(TEXT)),
        (vec!["GZIP"], gzip(TEXT)),
        (vec!["x-gzip"], gzip(TEXT)),
        (vec!["gzip"], [gzip(&TEXT[..5]), gzip(&TEXT[5..])].concat()),
        (vec!["deflate"], zlib(TEXT)),
        (vec!["deflate"], raw(TEXT)),
        (vec!["deflate, gzip"], gzip(&zlib(TEXT))),
        (vec!["deflate", "gzip"], gzip(&zlib(TEXT))),
        (vec!["gzip"], TEXT.to_vec()),
    ] {
        assert_eq!(read(&names, body).unwrap(), TEXT, "{names:?}");
    }
    for name in ["gzip", "deflate"] {
        assert_eq!(read(&[name], vec![]).unwrap(), b"", "a response without a body");
    }
}

#[test]
fn a_body_that_cannot_be_decoded_is_an_error() {
    let cut = gzip(TEXT)[..20].to_vec();
    for (names, body) in [
        (vec!["br"], b"x".to_vec()),
        (vec!["gzip"], cut),
        (vec!["gzip"], b"\x1fnonsense".to_vec()),
        (vec!["gzip, gzip, gzip, gzip"], gzip(TEXT)),
    ] {
        assert!(read(&names, body).is_err(), "{names:?}");
    }
    let error = read(&["zstd"], b"x".to_vec()).unwrap_err().to_string();
    assert_eq!(error, "the response has the encoding `zstd`, which was not requested");
}

#[test]
fn a_small_body_that_decodes_to_a_long_one_is_read_up_to_the_limit() {
    let body = gzip(&vec![b'x'; 64 << 20]);
    assert!(body.len() < 128 << 10);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let mut out = vec![];
    let body = decoded(&mut headers, Box::new(io::Cursor::new(body)));
    body.take(1000).read_to_end(&mut out).unwrap();
    assert_eq!(out.len(), 1000);
}

struct Pieces(Receiver<Vec<u8>>);

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let piece = self.0.try_recv().expect("nothing is read before it arrived");
        out[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

#[test]
fn an_event_is_decoded_before_the_next_one_arrives() {
    let (sender, receiver) = channel();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let mut body = decoded(&mut headers, Box::new(Pieces(receiver)));
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        encoder.write_all(event.as_bytes()).unwrap();
        encoder.flush().unwrap();
        sender.send(std::mem::take(encoder.get_mut())).unwrap();
        let mut out = [0; 100];
        let count = body.read(&mut out).unwrap();
        assert_eq!(&out[..count], event.as_bytes());
    }
}
