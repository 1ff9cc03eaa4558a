//! One request from the door to the machine and back, as a collector sees it.

use crate::one_region::{Region, until};
use controlplane_proto::api::StatusRequest;
use controlplane_raft::TokioRuntime;
use controlplane_telemetry::trace::{self, Settings};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const UNWANTED: &str = "0bf7651916cd43dd8448eb211c80319c";
const NATIVE: &str = "0cf7651916cd43dd8448eb211c80319c";
const CLIENT_SPAN: [u8; 8] = [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31];

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for spans in request.into_inner().resource_spans {
            let resource = spans.resource.unwrap();
            assert!(resource.attributes.iter().any(|attribute| attribute.key == "service.name"));
            self.0.lock().unwrap().extend(spans.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn listen(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tonic::transport::Server::builder().add_service(TraceServiceServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        address
    }

    /// Spans of a trace.
    fn of(&self, trace: &str) -> Vec<Span> {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.0.lock().unwrap().iter().filter(|span| hex(&span.trace_id) == trace).cloned().collect()
    }

    fn names(&self, trace: &str) -> BTreeSet<String> {
        self.of(trace).into_iter().map(|span| span.name).collect()
    }
}

/// A request at the AWS door, with a trace.
async fn aws(region: &Region, body: &str, traceparent: &str) -> String {
    let mut stream = TcpStream::connect(region.server.aws_addr()).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/ec2/aws4_request, \
         SignedHeaders=host, Signature=00\r\ntraceparent: {traceparent}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_followed_to_the_machine_and_back() {
    let collector = Collector::default();
    let endpoint = format!("http://{}", collector.listen().await);
    let settings = Settings::find(Some(&endpoint), |_| None, "hearth-test").unwrap().unwrap();
    trace::install(&settings, TokioRuntime::current());
    let region = Region::start().await;
    let describe = "Action=DescribeVpcs&Version=2016-11-15";
    aws(&region, describe, &format!("00-{UNWANTED}-b7ad6b7169203331-00")).await;
    let mut status = Request::new(StatusRequest {});
    status.metadata_mut().insert("traceparent", format!("00-{NATIVE}-b7ad6b7169203331-01").parse().unwrap());
    region.client().await.status(status).await.unwrap();
    let image = region.rows("image").await[0]["metadata"]["id"].as_str().unwrap().to_owned();
    let run = format!(
        "Action=RunInstances&Version=2016-11-15&ImageId={image}&InstanceType=t3.micro&MinCount=1&MaxCount=1"
    );
    aws(&region, &run, &format!("00-{TRACE}-b7ad6b7169203331-01")).await;

    let way = [
        "ec2.RunInstances",
        "writer.wait",
        "writer.run",
        "writer.commit",
        "placement",
        "agents.desired",
        "agent.start",
        "agents.report",
    ];
    until("the whole way", async || {
        let names = collector.names(TRACE);
        way.iter().all(|name| names.contains(*name))
    })
    .await;
    let spans = collector.of(TRACE);
    let by_id: BTreeMap<Vec<u8>, &Span> = spans.iter().map(|span| (span.span_id.clone(), span)).collect();
    // A machine may have reported before it began.
    let reports = spans.iter().filter(|span| span.name == "agents.report");
    let chains: Vec<Vec<&str>> = reports.map(|span| chain(span, &by_id)).collect();
    let way = ["agents.report", "agent.start", "agents.desired", "placement", "ec2.RunInstances"];
    assert!(chains.contains(&way.to_vec()), "{chains:?}");
    assert!(spans.iter().all(|span| span.end_time_unix_nano >= span.start_time_unix_nano));
    until("the native door", async || collector.names(NATIVE).contains("grpc.Status")).await;
    assert_eq!(collector.names(UNWANTED), BTreeSet::new(), "whoever began it does not want it recorded");
}

/// Names from a span up to the one that the client's own is the parent of.
fn chain<'s>(mut span: &'s Span, by_id: &BTreeMap<Vec<u8>, &'s Span>) -> Vec<&'s str> {
    let mut names = vec![span.name.as_str()];
    while span.parent_span_id != CLIENT_SPAN {
        span = by_id
            .get(&span.parent_span_id)
            .unwrap_or_else(|| panic!("the parent of {} is missing", span.name));
        names.push(&span.name);
    }
    names
}
