//! What can go wrong when an e-mail is sent, told apart by what to do about it.

/// An e-mail that was not delivered. The messages hold no address and no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Sending the same e-mail again can never succeed: give up.
    #[error("the e-mail is refused for good: {detail}")]
    Refused {
        /// What of the e-mail is refused.
        what: RefusedPart,
        /// What was met, for instance the server's answer, shortened and without addresses.
        detail: String,
    },
    /// Nothing is wrong with the e-mail; the server is away or busy, or refuses our own credentials
    /// or sender address: try again later. It may have been delivered if only the answer was lost,
    /// and a repetition then carries the same Message-ID.
    #[error("the e-mail cannot be delivered now: {detail}")]
    Unavailable {
        /// What was met, for instance the server's answer, shortened and without addresses.
        detail: String,
    },
}

/// What of an e-mail a server refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedPart {
    /// The recipient's address: write to it no more.
    Recipient,
    /// This message, for instance as unwanted; the address may be good.
    Message,
}

impl MailError {
    /// Whether the same e-mail may be delivered later without anyone changing it.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
