//! The seventeen record types Route 53 knows.

use std::fmt;

/// One list gives the enum, the texts and the wire codes, so none can be forgotten.
macro_rules! record_types {
    ($($name:ident $text:literal $code:literal;)*) => {
        /// A record type of Route 53 (API model, `RRType`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RecordType {$(
            #[doc = concat!("`", $text, "`, ", $code, " on the wire.")]
            $name,
        )*}

        impl RecordType {
            /// Every type, in the order of the wire codes.
            pub const ALL: &'static [RecordType] = &[$(RecordType::$name,)*];

            /// The type with exactly this text; Route 53 takes capitals only.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(RecordType::$name),)*
                    _ => None,
                }
            }

            /// The text form.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(RecordType::$name => $text,)*
                }
            }

            /// The number on the wire.
            pub fn code(self) -> u16 {
                match self {
                    $(RecordType::$name => $code,)*
                }
            }
        }
    };
}

record_types! {
    A "A" 1;
    Ns "NS" 2;
    Cname "CNAME" 5;
    Soa "SOA" 6;
    Ptr "PTR" 12;
    Mx "MX" 15;
    Txt "TXT" 16;
    Aaaa "AAAA" 28;
    Srv "SRV" 33;
    Naptr "NAPTR" 35;
    Ds "DS" 43;
    Sshfp "SSHFP" 44;
    Tlsa "TLSA" 52;
    Svcb "SVCB" 64;
    Https "HTTPS" 65;
    Spf "SPF" 99;
    Caa "CAA" 257;
}

impl RecordType {
    /// The type with this number on the wire.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_codes_lead_back() {
        assert_eq!(RecordType::ALL.len(), 17);
        for kind in RecordType::ALL.iter().copied() {
            assert_eq!(RecordType::parse(kind.as_str()), Some(kind));
            assert_eq!(RecordType::from_code(kind.code()), Some(kind));
        }
        assert_eq!(RecordType::parse("a"), None);
        assert_eq!(RecordType::from_code(255), None);
    }
}
