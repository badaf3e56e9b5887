//! A broker that answers as a test's script says.

use std::io;

use bytes::Bytes;
use millstream_wire::frame::{decode_request_header, encode_response};
use millstream_wire::messages::api_versions::{ApiVersion, ApiVersionsRequest, ApiVersionsResponse};
use millstream_wire::messages::metadata::{
    MetadataRequest, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition,
    MetadataResponseTopic,
};
use millstream_wire::{ApiKey, Reader, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as the script sees it.
pub(crate) struct Asked {
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    pub(crate) body: Reader,
    /// The broker's own port.
    pub(crate) port: u16,
}

impl Asked {
    /// The frame of an answer.
    pub(crate) fn answer<R: Request>(&self, response: &R::Response) -> Bytes {
        encode_response::<R>(response, self.version, self.correlation_id).unwrap().into_bytes()
    }

    /// The request itself.
    pub(crate) fn request<R: Request>(&self) -> R {
        R::decode(&mut self.body.clone(), self.version).unwrap()
    }

    /// The usual answer to ApiVersions: these APIs, all versions from 0 to the given one.
    pub(crate) fn versions(&self, apis: &[(ApiKey, i16)]) -> Bytes {
        let version = |(api, max): &(ApiKey, i16)| ApiVersion {
            api_key: api.code(),
            min_version: 0,
            max_version: *max,
        };
        let response =
            ApiVersionsResponse { api_keys: apis.iter().map(version).collect(), ..Default::default() };
        self.answer::<ApiVersionsRequest>(&response)
    }

    /// The usual answer to Metadata: this broker leads the only partition of every topic asked for.
    pub(crate) fn metadata(&self) -> Bytes {
        let request: MetadataRequest = self.request();
        let broker = MetadataResponseBroker {
            node_id: 1,
            host: "127.0.0.1".into(),
            port: self.port.into(),
            rack: None,
        };
        let partition = MetadataResponsePartition {
            leader_id: 1,
            replica_nodes: vec![1],
            isr_nodes: vec![1],
            ..Default::default()
        };
        let topics = request.topics.unwrap_or_default().into_iter().map(|topic| MetadataResponseTopic {
            name: topic.name,
            partitions: vec![partition.clone()],
            ..Default::default()
        });
        let response = MetadataResponse {
            brokers: vec![broker],
            controller_id: 1,
            topics: topics.collect(),
            ..Default::default()
        };
        self.answer::<MetadataRequest>(&response)
    }
}

/// What the script does with a request.
pub(crate) enum Reply {
    /// Sends these bytes.
    Bytes(Bytes),
    /// Hangs up.
    Close,
    /// Lets the client wait.
    Silence,
}

/// Starts a broker on a free port; gives its address.
pub(crate) async fn start(script: impl Fn(Asked) -> Reply + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, script.clone(), address.port()));
        }
    });
    address.to_string()
}

async fn serve(mut stream: TcpStream, script: impl Fn(Asked) -> Reply, port: u16) -> io::Result<()> {
    loop {
        let length = stream.read_i32().await?;
        let mut frame = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut frame).await?;
        let mut reader = Reader::new(frame);
        let header = decode_request_header(&mut reader).unwrap();
        let asked = Asked {
            api: ApiKey::from_code(header.request_api_key).unwrap(),
            version: header.request_api_version,
            correlation_id: header.correlation_id,
            body: reader,
            port,
        };
        match script(asked) {
            Reply::Bytes(bytes) => stream.write_all(&bytes).await?,
            Reply::Close => return Ok(()),
            Reply::Silence => {}
        }
    }
}
