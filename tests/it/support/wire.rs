//! A wire between the program and PostgreSQL that can be cut, as when the server is restarted: whoever is connected is
//! cut off, and nobody can connect until it is mended. Or what stands in between forgets those who are connected: nobody
//! tells them, and nothing comes any more.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;

use sea_orm::sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// A wire that carries until it is cut, or until the test's runtime ends.
pub(crate) struct Wire {
    database: String,
    server: Server,
    address: SocketAddr,
    forgotten: Arc<Notify>,
    carrying: Option<JoinHandle<()>>,
}

/// Where the server listens.
#[derive(Clone)]
enum Server {
    Socket(PathBuf),
    Address(String),
}

impl Wire {
    /// A wire to a database, by its URL.
    pub(crate) async fn to(database: &str) -> Self {
        let options = PgConnectOptions::from_str(database).unwrap();
        let (host, port) = (options.get_host(), options.get_port());
        // As `libpq` has it: a host that is a path is a folder.
        let server = match options.get_socket() {
            Some(folder) => Server::Socket(folder.join(format!(".s.PGSQL.{port}"))),
            None => Server::Address(format!("{host}:{port}")),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut wire = Self {
            database: database.to_owned(),
            server,
            address,
            forgotten: Arc::default(),
            carrying: None,
        };
        wire.carry(listener);
        wire
    }

    /// The database's URL at this end of the wire.
    pub(crate) fn url(&self) -> String {
        let mut url: Url = self.database.parse().unwrap();
        url.set_query(None);
        url.set_ip_host(self.address.ip()).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.into()
    }

    /// Ends all connections and takes no more.
    pub(crate) async fn cut(&mut self) {
        if let Some(carrying) = self.carrying.take() {
            carrying.abort();
            // Its listener is closed when it has ended.
            assert!(carrying.await.unwrap_err().is_cancelled());
        }
    }

    /// Takes connections again, at the same address.
    pub(crate) async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.carry(listener);
    }

    /// Forgets those who are connected: what they say goes nowhere. Who connects from now on is carried.
    pub(crate) fn forget(&self) {
        self.forgotten.notify_waiters();
    }

    fn carry(&mut self, listener: TcpListener) {
        let carrying = carry(listener, self.server.clone(), Arc::clone(&self.forgotten));
        self.carrying = Some(tokio::spawn(carrying));
    }
}

async fn carry(listener: TcpListener, server: Server, forgotten: Arc<Notify>) {
    // Connections end with it.
    let mut open = JoinSet::new();
    loop {
        let (program, _) = listener.accept().await.unwrap();
        let forgotten = Arc::clone(&forgotten);
        match server.clone() {
            Server::Socket(path) => {
                open.spawn(async move { join(program, UnixStream::connect(path).await.unwrap(), &forgotten).await });
            }
            Server::Address(address) => {
                open.spawn(async move { join(program, TcpStream::connect(address).await.unwrap(), &forgotten).await });
            }
        }
    }
}

/// Carries what both say until one of them hangs up.
async fn join(mut program: TcpStream, mut server: impl AsyncRead + AsyncWrite + Unpin, forgotten: &Notify) {
    tokio::select! {
        _ = copy_bidirectional(&mut program, &mut server) => {}
        // Neither is told: both ends stay open.
        () = forgotten.notified() => std::future::pending().await,
    }
}
