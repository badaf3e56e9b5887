//! One connection to one broker: requests and answers in turn, in versions that both sides have.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use millstream_wire::frame::{LENGTH_SIZE, decode_response, encode_request};
use millstream_wire::header::ResponseHeader;
use millstream_wire::messages::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use millstream_wire::{
    ApiKey, Chunk, DecodeError, EncodeError, ErrorCode, Message, Reader, Request, Versions, Writer,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::ClientOptions;
use crate::error::ClientError;
use crate::offer::Offer;

/// The largest response that is read, in bytes. A fetch asks for less.
const MAX_RESPONSE: usize = 128 << 20;

/// A connection that has agreed on versions.
#[derive(Debug)]
pub struct Connection {
    address: String,
    client_id: String,
    stream: TcpStream,
    request_timeout: Duration,
    next_correlation_id: i32,
    /// A request is under way, or was given up: what arrives next belongs to nobody.
    is_stale: bool,
    offer: Offer,
}

impl Connection {
    /// Connects to `HOST:PORT` and asks which versions the broker has.
    pub async fn open(address: &str, options: &ClientOptions) -> Result<Self, ClientError> {
        let failed = |source| ClientError::Connect { address: address.to_owned(), source };
        let stream = timeout(options.connect_timeout, TcpStream::connect(address))
            .await
            .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer")))
            .map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let mut connection = Self {
            address: address.to_owned(),
            client_id: options.client_id.clone(),
            stream,
            request_timeout: options.request_timeout,
            next_correlation_id: 0,
            is_stale: false,
            offer: Offer::default(),
        };
        // Whatever listens there answers this at once, or is no broker.
        connection.request_timeout = options.connect_timeout.min(options.request_timeout);
        connection.offer = connection.ask_versions().await?;
        connection.request_timeout = options.request_timeout;
        Ok(connection)
    }

    /// The address that was connected to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Must it be opened anew, because a request was given up half-way or the broker hung up?
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// What the broker said that it can do.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// The newest version of a request that the broker has, out of those that the caller can fill.
    pub fn version<R: Request>(&self, wanted: Versions) -> Result<i16, ClientError> {
        let offered = self.offer.apis.get(&R::KEY.code()).copied();
        let both =
            offered.and_then(|offered| offered.intersect(R::VERSIONS)).and_then(|v| v.intersect(wanted));
        both.map(|versions| versions.max).ok_or_else(|| ClientError::Unsupported {
            address: self.address.clone(),
            api: R::KEY,
            offered,
            wanted,
        })
    }

    /// Sends a request and waits for its answer.
    pub async fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, ClientError> {
        self.call_within(request, version, self.request_timeout).await
    }

    /// As [`Self::call`], for a request that the broker may hold back for `held`.
    pub async fn call_held<R: Request>(
        &mut self,
        request: &R,
        version: i16,
        held: Duration,
    ) -> Result<R::Response, ClientError> {
        self.call_within(request, version, self.request_timeout + held).await
    }

    /// Sends a request that is not answered: a produce request with `acks=0`.
    pub async fn send<R: Request>(&mut self, request: &R, version: i16) -> Result<(), ClientError> {
        let (frame, _) = self.frame(request, version)?;
        let time = self.request_timeout;
        self.exchange(R::KEY, time, Some(frame), false).await.map(drop)
    }

    /// The stream, for who sends more before the first answer has come. Nothing may be under way.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    async fn call_within<R: Request>(
        &mut self,
        request: &R,
        version: i16,
        time: Duration,
    ) -> Result<R::Response, ClientError> {
        let (frame, sent) = self.frame(request, version)?;
        let answer = self.exchange(R::KEY, time, Some(frame), true).await?;
        let (received, response) =
            decode_response::<R>(answer, version).map_err(|source| self.malformed(R::KEY, source))?;
        self.check_id(R::KEY, sent, received)?;
        Ok(response)
    }

    fn frame<R: Request>(&mut self, request: &R, version: i16) -> Result<(Writer, i32), ClientError> {
        let id = self.next_correlation_id;
        self.next_correlation_id = id.wrapping_add(1);
        let encode = |source: EncodeError| ClientError::Encode { api: R::KEY, source };
        Ok((encode_request(request, version, id, Some(&self.client_id)).map_err(encode)?, id))
    }

    fn check_id(&mut self, api: ApiKey, sent: i32, received: i32) -> Result<(), ClientError> {
        if sent == received {
            return Ok(());
        }
        self.is_stale = true;
        Err(self.closed(api, io::Error::other(format!("the answer is to request {received}, not {sent}"))))
    }

    /// Writes a frame and reads one, without its length.
    async fn exchange(
        &mut self,
        api: ApiKey,
        time: Duration,
        frame: Option<Writer>,
        is_answered: bool,
    ) -> Result<Bytes, ClientError> {
        if self.is_stale {
            return Err(self.closed(api, io::Error::other("an earlier request was given up")));
        }
        self.is_stale = true;
        let outcome = timeout(time, async {
            for chunk in frame.into_iter().flat_map(Writer::into_chunks) {
                // No request has records elsewhere.
                if let Chunk::Bytes(bytes) = chunk {
                    self.stream.write_all(&bytes).await?;
                }
            }
            if is_answered { read_frame(&mut self.stream).await } else { Ok(Bytes::new()) }
        })
        .await;
        match outcome {
            Ok(Ok(answer)) => {
                self.is_stale = false;
                Ok(answer)
            }
            Ok(Err(source)) => Err(self.closed(api, source)),
            Err(_) => Err(ClientError::Timeout { address: self.address.clone(), api, after: time }),
        }
    }

    /// Asks in the newest version; a broker that does not have it says so in version 0 (KIP-511), and is asked again.
    async fn ask_versions(&mut self) -> Result<Offer, ClientError> {
        let request = ApiVersionsRequest {
            client_software_name: "millstream".into(),
            client_software_version: env!("CARGO_PKG_VERSION").into(),
        };
        let mut response = self.ask_versions_in(&request, 4).await?;
        if response.error_code == ErrorCode::UNSUPPORTED_VERSION {
            let theirs = response.api_keys.iter().find(|api| api.api_key == ApiKey::ApiVersions.code());
            let newest = theirs.map_or(0, |api| api.max_version).clamp(0, 3);
            response = self.ask_versions_in(&request, newest).await?;
        }
        ClientError::check(response.error_code, None, || format!("ApiVersions at {}", self.address))?;
        Ok(Offer::of(response))
    }

    async fn ask_versions_in(
        &mut self,
        request: &ApiVersionsRequest,
        version: i16,
    ) -> Result<ApiVersionsResponse, ClientError> {
        let (frame, sent) = self.frame(request, version)?;
        let time = self.request_timeout;
        let answer = self.exchange(ApiKey::ApiVersions, time, Some(frame), true).await?;
        let (received, response) = decode_api_versions(answer, version)
            .map_err(|source| self.malformed(ApiKey::ApiVersions, source))?;
        self.check_id(ApiKey::ApiVersions, sent, received)?;
        Ok(response)
    }

    fn closed(&self, api: ApiKey, source: io::Error) -> ClientError {
        ClientError::Closed { address: self.address.clone(), api, source }
    }

    fn malformed(&mut self, api: ApiKey, source: DecodeError) -> ClientError {
        self.is_stale = true;
        ClientError::Malformed { address: self.address.clone(), api, source }
    }
}

/// A refusal of the version has the layout of version 0, whatever was asked.
fn decode_api_versions(answer: Bytes, version: i16) -> Result<(i32, ApiVersionsResponse), DecodeError> {
    let mut reader = Reader::new(answer);
    let header = ResponseHeader::decode(&mut reader, 0)?;
    let is_refusal = ErrorCode::from_code(reader.clone().i16()?) == ErrorCode::UNSUPPORTED_VERSION;
    let response = ApiVersionsResponse::decode(&mut reader, if is_refusal { 0 } else { version })?;
    Ok((header.correlation_id, response))
}

/// Reads a frame; memory grows with what arrives, not with what the length says.
pub(crate) async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Bytes> {
    let mut prefix = [0; LENGTH_SIZE];
    stream.read_exact(&mut prefix).await.map_err(hung_up)?;
    let length = usize::try_from(i32::from_be_bytes(prefix)).ok().filter(|length| *length <= MAX_RESPONSE);
    let Some(length) = length else {
        return Err(io::Error::other(format!(
            "an answer of {} bytes is announced, which is no Kafka response",
            u32::from_be_bytes(prefix)
        )));
    };
    let mut frame = Vec::new();
    stream.take(length as u64).read_to_end(&mut frame).await?;
    if frame.len() < length {
        return Err(hung_up(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(frame.into())
}

/// An end of the stream in plain words.
fn hung_up(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the broker hung up"),
        _ => error,
    }
}
