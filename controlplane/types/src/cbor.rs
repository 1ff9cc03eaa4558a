//! Codecs for foreign types inside records, used as `#[cbor(with = "controlplane_types::cbor::text")]`.

/// Any type with a lossless text form (addresses, networks), written as a CBOR text string.
pub mod text {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};
    use std::fmt::Display;
    use std::str::FromStr;

    /// Writes the `Display` form.
    pub fn encode<C, T: Display, W: Write>(
        value: &T,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.str(&value.to_string())?.ok()
    }

    /// Reads it back with `FromStr`.
    pub fn decode<'b, C, T>(d: &mut Decoder<'b>, _: &mut C) -> Result<T, DecodeError>
    where
        T: FromStr,
        T::Err: Display,
    {
        d.str()?.parse().map_err(|e: T::Err| DecodeError::message(e.to_string()))
    }
}

/// Lists of such types.
pub mod texts {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};
    use std::fmt::Display;
    use std::str::FromStr;

    /// Writes an array of `Display` forms.
    pub fn encode<C, T: Display, W: Write>(
        values: &[T],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.array(values.len() as u64)?;
        for value in values {
            e.str(&value.to_string())?;
        }
        Ok(())
    }

    /// Reads it back with `FromStr`.
    pub fn decode<'b, C, T>(d: &mut Decoder<'b>, _: &mut C) -> Result<Vec<T>, DecodeError>
    where
        T: FromStr,
        T::Err: Display,
    {
        d.array_iter::<&str>()?
            .map(|text| text?.parse().map_err(|e: T::Err| DecodeError::message(e.to_string())))
            .collect()
    }
}

/// Optional such types: CBOR null when absent.
pub mod maybe_text {
    use minicbor::data::Type;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};
    use std::fmt::Display;
    use std::str::FromStr;

    /// Writes the `Display` form or null.
    pub fn encode<C, T: Display, W: Write>(
        value: &Option<T>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match value {
            Some(value) => e.str(&value.to_string())?.ok(),
            None => e.null()?.ok(),
        }
    }

    /// Reads it back with `FromStr`.
    pub fn decode<'b, C, T>(d: &mut Decoder<'b>, _: &mut C) -> Result<Option<T>, DecodeError>
    where
        T: FromStr,
        T::Err: Display,
    {
        if d.datatype()? == Type::Null {
            d.skip()?;
            return Ok(None);
        }
        d.str()?.parse().map(Some).map_err(|e: T::Err| DecodeError::message(e.to_string()))
    }

    /// What a record written before the field existed reads as.
    pub fn nil<T>() -> Option<Option<T>> {
        Some(None)
    }
}
