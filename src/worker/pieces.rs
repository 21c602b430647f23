//! Bytes that come piece by piece, read as one stream by a thread that may block.

use std::io::Read;

use tokio::sync::mpsc;

/// A piece, or why there is none.
pub(super) type Piece = Result<Vec<u8>, std::io::Error>;

/// A channel of pieces, read as one stream.
pub(super) struct Pieces {
    receiver: mpsc::Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
}

impl Pieces {
    /// What comes through a channel.
    pub(super) fn new(receiver: mpsc::Receiver<Piece>) -> Self {
        Self {
            receiver,
            piece: Vec::new(),
            at: 0,
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.piece.len() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(piece) => {
                    self.piece = piece?;
                    self.at = 0;
                }
            }
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}
