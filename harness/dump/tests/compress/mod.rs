//! The same bytes, compressed in every form that is read.

use std::io::Write;

pub(crate) type Compress = fn(&[u8]) -> Vec<u8>;

pub(crate) const COMPRESSORS: [(&str, Compress); 6] =
    [("gz", gzip), ("bz2", bzip2), ("xz", xz), ("zst", zstd), ("lz4", lz4), ("lz", lzip)];

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut to = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut to = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut to = lz4_flex::frame::FrameEncoder::new(Vec::new());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn lzip(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzipOptions::with_preset(1);
    let mut to = lzma_rust2::LzipWriter::new(Vec::new(), options);
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}
