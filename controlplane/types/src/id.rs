//! Identifiers. A typed id is its AWS text form; the type only stops one kind from passing for another.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Text newtypes from one list: `Name "prefix-"`.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub String);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The text form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// Twelve digits.
    AccountId "";
    /// Such as `us-east-1`.
    RegionName "";
    /// Such as `us-east-1a`.
    ZoneName "";
    /// EC2 VPC.
    VpcId "vpc-";
    /// EC2 subnet.
    SubnetId "subnet-";
    /// EC2 internet gateway.
    InternetGatewayId "igw-";
    /// EC2 route table.
    RouteTableId "rtb-";
    /// Association of a route table with a subnet.
    RouteTableAssociationId "rtbassoc-";
    /// EC2 security group.
    SecurityGroupId "sg-";
    /// One rule of a security group.
    SecurityGroupRuleId "sgr-";
    /// EC2 network interface.
    NetworkInterfaceId "eni-";
    /// Attachment of a network interface to an instance.
    AttachmentId "eni-attach-";
    /// EC2 key pair.
    KeyPairId "key-";
    /// EC2 image.
    ImageId "ami-";
    /// EC2 launch template.
    LaunchTemplateId "lt-";
    /// EC2 instance.
    InstanceId "i-";
    /// One RunInstances call.
    ReservationId "r-";
    /// A machine (or Kubernetes cluster) that runs an agent: the name it registered with.
    NodeName "";
    /// Route 53 hosted zone, without the `/hostedzone/` prefix.
    HostedZoneId "Z";
    /// Route 53 health check (a UUID).
    HealthCheckId "";
    /// Route 53 change, without the `/change/` prefix.
    ChangeId "C";
}
