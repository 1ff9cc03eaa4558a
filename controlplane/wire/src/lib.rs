//! AWS wire protocols driven by API models, and SigV4.
//!
//! This crate turns HTTP requests into the Input types of operations and Output types into HTTP responses, for every
//! service, from tables that AWS publishes ([`model`]). An operation's file therefore holds no wire detail, and a
//! protocol's quirk (flattened lists, `item` and `member`, where a header member goes) exists once. It knows no
//! operation and no socket: the server calls it from both sides.
//!
//! # The path of a request
//!
//! ```
//! use bytes::Bytes;
//! use controlplane_wire::{self as wire, model};
//! use serde::{Deserialize, Serialize};
//!
//! // Members by AWS's names; those not listed here are refused when a request carries them.
//! #[derive(Debug, Default, Deserialize, Serialize)]
//! #[serde(rename_all = "PascalCase", default)]
//! struct CreateVpcInput {
//!     cidr_block: Option<String>,
//! }
//!
//! #[derive(Serialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct CreateVpcOutput {
//!     vpc: Vpc,
//! }
//!
//! #[derive(Serialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct Vpc {
//!     vpc_id: String,
//!     tags: Vec<()>,
//! }
//!
//! let request = http::Request::post("/")
//!     .header("authorization", "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/ec2/aws4_request, ...")
//!     .body(Bytes::from("Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16"))?;
//! let (parts, body) = request.into_parts();
//!
//! // A server verifies first: wire::sigv4::verify(&parts, &body, &expected)
//! let call = wire::identify(&parts, &body)?;
//! let input: CreateVpcInput = wire::decode(&call, &parts, &body)?;
//! assert_eq!(input.cidr_block.as_deref(), Some("10.0.0.0/16"));
//!
//! let output = CreateVpcOutput { vpc: Vpc { vpc_id: "vpc-1".into(), tags: vec![] } };
//! let response = wire::encode(call.service, call.operation, &output, "request-1")?;
//! assert!(std::str::from_utf8(response.body())?.contains("<vpc><vpcId>vpc-1</vpcId><tagSet/></vpc>"));
//!
//! // What fails on the way is worded as the service would word it.
//! let error = wire::WireError::MissingAction.reply(Some(call.service));
//! let response = wire::encode_error(Some(call.service), &error, "request-1");
//! assert_eq!(response.status(), 400);
//! assert!(model::by_signing_name("ec2").is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Conventions for Input and Output types
//!
//! * Input: `#[serde(rename_all = "PascalCase", default)]` and one field per served member, called as in AWS's
//!   documentation (an explicit `rename` where Pascal case does not give it). `Option<Vec<_>>` tells an absent list
//!   from an empty one. Text is `String`, any `FromStr`-like type with its own `Deserialize`, or an enum of unit
//!   variants; whole numbers any integer type; a timestamp is milliseconds (`controlplane_types::Timestamp`); a blob
//!   is bytes (`Vec<u8>`), base64 being the wire's affair. No `flatten`, no maps, no borrowed data.
//! * Output: the same names. `None` writes nothing, an empty `Vec` an empty element as AWS does, `()` is the output
//!   of operations that have none. A field AWS does not have is an [`EncodeError`].
//! * A test can hold an Input against the model at all depths: see [`client::complete_request`].
//! * A member that is valid in AWS but absent from the Input type is refused unless `models/neutral/<service>.json`
//!   calls its value neutral.

mod body;
mod call;
mod checksum;
mod chunked;
pub mod client;
mod decode;
mod encode;
mod error;
pub mod limits;
pub mod model;
pub mod sigv4;
#[cfg(test)]
mod tests;
mod text;

pub use body::plain_body;
pub use call::{Call, identify, service};
pub use decode::decode;
pub use encode::{EncodeError, Fragment, encode, encode_error};
pub use error::{ErrorDetails, ErrorReply, Rule, Violation, WireError};
