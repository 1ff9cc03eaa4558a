//! The protocols, and what differs between them member by member: where it travels, and how a moment is written.

/// How a service's requests and responses look on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Form in, XML out, EC2's dialect.
    Ec2Query,
    /// Form in, XML out.
    Query,
    /// XML both ways, with members in path, query string and headers.
    RestXml,
    /// JSON both ways, with members in path, query string and headers.
    RestJson,
    /// JSON both ways, the operation in a header; version 1.0.
    Json10,
    /// The same, version 1.1, which differs in the content type only.
    Json11,
    /// CBOR both ways, the operation in the path: Smithy's RPC, version 2.
    Cbor,
}

impl Protocol {
    /// The protocols that came after XML: other error codes, other forms of times, maps.
    pub fn is_modern(self) -> bool {
        matches!(self, Self::RestJson | Self::Json10 | Self::Json11 | Self::Cbor)
    }

    /// The protocols whose operations are found by method and path.
    pub fn is_rest(self) -> bool {
        matches!(self, Self::RestXml | Self::RestJson)
    }
}

/// Where a member travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the body, or as a form parameter.
    Body,
    /// In a label of the path.
    Label,
    /// In the query string.
    Query,
    /// In a header.
    Header,
    /// A map, each entry of which is a header that begins with the member's name.
    Prefix,
    /// It is the answer's status.
    Status,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2026-01-02T03:04:05.678Z`
    Iso8601,
    /// `Fri, 02 Jan 2026 03:04:05 GMT`
    Rfc822,
    /// Seconds, with a fraction when there is one.
    UnixSeconds,
}
