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

const GROUND: &str = "kind: Vpc\nmetadata: {name: lab}\nspec: {cidrBlock: 10.0.0.0/16}\n\
    ---\nkind: Subnet\nmetadata: {name: lab}\nspec: {vpcId: lab, availabilityZone: us-east-1a, cidrBlock: 10.0.1.0/24}\n\
    ---\nkind: LaunchTemplate\nmetadata: {name: lab}\nspec: {launchTemplateData: {imageId: hearth/web, instanceType: t3.micro}}\n\
    ---\nkind: AutoScalingGroup\nmetadata: {name: lab}\nspec: {minSize: 0, maxSize: 2, desiredCapacity: 0, \
    launchTemplate: {launchTemplateId: lab}, vpcZoneIdentifier: [lab]}\n";

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
async fn aws(region: &Region, service: &str, body: &str, traceparent: &str) -> String {
    let mut stream = TcpStream::connect(region.server.aws_addr()).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/{service}/aws4_request, \
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
    aws(&region, "ec2", describe, &format!("00-{UNWANTED}-b7ad6b7169203331-00")).await;
    let mut status = Request::new(StatusRequest {});
    status.metadata_mut().insert("traceparent", format!("00-{NATIVE}-b7ad6b7169203331-01").parse().unwrap());
    region.client().await.status(status).await.unwrap();
    region.apply(GROUND).await;
    let grow = "Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=lab&DesiredCapacity=1";
    aws(&region, "autoscaling", grow, &format!("00-{TRACE}-b7ad6b7169203331-01")).await;

    let way =
        ["agents.report", "agent.start", "agents.desired", "auto-scaling", "autoscaling.SetDesiredCapacity"];
    let commit = ["writer.wait", "writer.run", "writer.commit"];
    until("the whole way", async || {
        let names = collector.names(TRACE);
        way.iter().chain(&commit).all(|name| names.contains(*name))
            && chains(&collector.of(TRACE)).contains(&way.to_vec())
    })
    .await;
    let spans = collector.of(TRACE);
    assert!(spans.iter().all(|span| span.end_time_unix_nano >= span.start_time_unix_nano));
    until("the native door", async || collector.names(NATIVE).contains("grpc.Status")).await;
    assert_eq!(collector.names(UNWANTED), BTreeSet::new(), "whoever began it does not want it recorded");
}

/// For each report: names from its span up to the one that the client's own is the parent of. A machine may report several
/// times, and a parent may not have ended yet.
fn chains(spans: &[Span]) -> Vec<Vec<&str>> {
    let by_id: BTreeMap<&[u8], &Span> = spans.iter().map(|span| (span.span_id.as_slice(), span)).collect();
    let chain = |report| {
        let up = std::iter::successors(Some(report), |span: &&Span| {
            by_id.get(span.parent_span_id.as_slice()).copied()
        });
        let way: Vec<&Span> = up.collect();
        let whole = way.last().is_some_and(|first| first.parent_span_id == CLIENT_SPAN);
        whole.then(|| way.iter().map(|span| span.name.as_str()).collect())
    };
    spans.iter().filter(|span| span.name == "agents.report").filter_map(chain).collect()
}
