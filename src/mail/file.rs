//! Writes e-mails to a folder instead of sending them: for development, demos and tests.

use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use tokio::{fs, io::AsyncWriteExt};

use super::{MailError, Outgoing, Transport};

/// Makes the names of unfinished files different within this process.
static UNFINISHED: AtomicU64 = AtomicU64::new(0);

/// Writes each e-mail to `<folder>/<message id>.eml`, which any mail program opens. Sending the
/// same e-mail again overwrites its file.
#[derive(Debug, Clone)]
pub struct FileTransport {
    folder: PathBuf,
}

impl FileTransport {
    /// Writes into this folder, which is made when the first e-mail is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Writes under another name first, so that whoever watches the folder never meets half a file.
    async fn write(&self, stem: &str, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder).await?;
        let count = UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!(".{stem}.{}-{count}.part", std::process::id()));
        let written = write_and_rename(&unfinished, &self.folder.join(format!("{stem}.eml")), bytes).await;
        if written.is_err() {
            // The first error is the one that matters.
            let _ = fs::remove_file(&unfinished).await;
        }
        written
    }
}

async fn write_and_rename(unfinished: &Path, finished: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(unfinished).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(unfinished, finished).await
}

#[async_trait]
impl Transport for FileTransport {
    async fn send(&self, mail: &Outgoing) -> Result<(), MailError> {
        let bytes = mail.to_bytes()?;
        self.write(&mail.message_id.file_stem(), &bytes)
            .await
            .map_err(|error| MailError::Unavailable {
                detail: format!("cannot write to the folder '{}': {error}", self.folder.display()),
            })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::mail::tests::{context, points_earned};

    #[tokio::test]
    async fn one_whole_file_for_an_email_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let transport = FileTransport::new(folder.path().join("new/mail"));
        let mail = Outgoing::compose(&points_earned(), &context());
        transport.send(&mail).await.unwrap();
        transport.send(&mail).await.unwrap();

        let names: Vec<_> = std::fs::read_dir(folder.path().join("new/mail"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, ["mail-01J9ZZ@fidelidade.example.eml"]);
        let written = std::fs::read(folder.path().join("new/mail").join(&names[0])).unwrap();
        assert_eq!(written, mail.to_bytes().unwrap());
    }

    #[tokio::test]
    async fn an_id_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = context();
        context.mail_id = "../../etc/x\0y".to_owned();
        let mail = Outgoing::compose(&points_earned(), &context);
        FileTransport::new(folder.path()).send(&mail).await.unwrap();
        assert!(
            folder
                .path()
                .join("mail-..=2F..=2Fetc=2Fx=00y@fidelidade.example.eml")
                .exists()
        );
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_a_passing_trouble() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let transport = FileTransport::new(folder.path().join("file"));
        let error = transport
            .send(&Outgoing::compose(&points_earned(), &context()))
            .await
            .unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
}
