//! Unix sockets and their files.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tidegate_config::{FileMode, ListenerConfig};

/// A Unix socket's file; removed when dropped, unless another program has put its own there.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device: u64,
    number: u64,
}

/// A Unix socket that listens.
#[derive(Debug)]
pub(crate) struct UnixSocket {
    pub(crate) listener: UnixListener,
    pub(crate) file: SocketFile,
}

impl UnixSocket {
    /// Binds and listens. A file that a program left behind is replaced; one behind which a program listens is not.
    pub(crate) fn bind(path: &Path, config: &ListenerConfig) -> io::Result<Self> {
        remove_stale(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        super::set_buffers(SockRef::from(&socket), &config.socket)?;
        socket.bind(&SockAddr::unix(path)?)?;
        let metadata = std::fs::symlink_metadata(path)?;
        let file = SocketFile { path: path.to_owned(), device: metadata.dev(), number: metadata.ino() };
        // Before anybody can connect: it does not listen yet.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(config.path_mode.get()))?;
        socket.listen(super::backlog(config))?;
        Ok(Self { listener: socket.into(), file })
    }
}

/// Removes a socket that nobody listens behind.
fn remove_stale(path: &Path) -> io::Result<()> {
    let metadata = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    // Without blocking: a program that listens and does not accept is alive all the same.
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    probe.set_nonblocking(true)?;
    match probe.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(error),
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}

impl SocketFile {
    /// Whether the path still leads to it.
    fn is_ours(&self) -> bool {
        std::fs::symlink_metadata(&self.path)
            .is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == (self.device, self.number))
    }

    /// Changes who may connect. Another program's file is left alone.
    pub(crate) fn set_mode(&self, mode: FileMode) -> io::Result<()> {
        if !self.is_ours() {
            return Ok(());
        }
        std::fs::set_permissions(&self.path, std::fs::Permissions::from_mode(mode.get()))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.is_ours()
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a Unix socket's file cannot be removed");
        }
    }
}

/// An accepted Unix stream as the driver holds every stream. It reads, writes, shuts down and closes a descriptor,
/// which is the same for both; only addresses differ, and those are not asked for.
pub(crate) fn as_tcp(stream: UnixStream) -> std::net::TcpStream {
    std::os::fd::OwnedFd::from(stream).into()
}
