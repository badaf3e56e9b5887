//! A TCP connection whose incoming bytes are looked at before the library reads them, as a part of its runtime.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::{DummyIO, RuntimeParts};
use async_rs::{Runtime, Tokio};
use futures::{AsyncRead, AsyncWrite, Stream};

use crate::frame_guard::FrameGuard;

/// The runtime of a connection: tokio's, with guarded sockets.
pub(crate) type GuardedRuntime = Runtime<RuntimeParts<Tokio, GuardedReactor>>;

/// The runtime at hand, for connections whose messages have at most so many bytes. Call it within tokio.
pub(crate) fn guarded_runtime(max_message_bytes: u64) -> GuardedRuntime {
    let reactor = GuardedReactor { tokio: Tokio::current(), max_message_bytes };
    Runtime::new(RuntimeParts::new(Tokio::current(), reactor))
}

/// Tokio's clock and sockets; the sockets guarded.
#[derive(Debug, Clone)]
pub(crate) struct GuardedReactor {
    tokio: Tokio,
    max_message_bytes: u64,
}

impl Reactor for GuardedReactor {
    type TcpStream = GuardedTcp;
    type Sleep = <Tokio as Reactor>::Sleep;

    #[expect(refining_impl_trait, reason = "a socket that is not guarded is never handed out")]
    fn register<H: io::Read + io::Write + Send + 'static>(&self, _socket: H) -> io::Result<DummyIO> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "only connections that are opened here are guarded"))
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.tokio.sleep(duration)
    }

    fn interval(&self, duration: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.tokio.interval(duration)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<GuardedTcp>> + Send + 'static {
        let connecting = self.tokio.tcp_connect_addr(address);
        let guard = FrameGuard::new(self.max_message_bytes);
        async move { Ok(GuardedTcp { stream: connecting.await?, guard }) }
    }
}

/// A connection and its guard.
pub(crate) struct GuardedTcp {
    stream: <Tokio as Reactor>::TcpStream,
    guard: FrameGuard,
}

impl AsyncRead for GuardedTcp {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let count = ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        this.guard.inspect(buf.get(..count).unwrap_or_default()).map_err(io::Error::other)?;
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for GuardedTcp {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_close(cx)
    }
}
