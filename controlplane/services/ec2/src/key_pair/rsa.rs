//! New RSA keys, out of the request's seed like everything that is random here.
//!
//! `aws-lc-rs` makes RSA keys too, but from the machine's own randomness: a request run again would give another key, and
//! the simulator could not replay it. So the primes come from `crypto-primes`, which takes any generator; the rest is
//! six lines of arithmetic, and a test has `aws-lc-rs` check the result.
//!
//! What readers get wrong: this takes a good part of a second and runs beside the writer, in `prepare`.

use super::der;
use controlplane_services_kernel::Random;
use crypto_bigint::rand_core::{TryCryptoRng, TryRng};
use crypto_bigint::{NonZero, U1024, U2048};
use crypto_primes::hazmat::{SetBits, SmallFactorsSieveFactory};
use crypto_primes::{Flavor, is_prime, sieve_and_find};
use std::convert::Infallible;

const PRIME_BITS: u32 = 1024;
const PUBLIC_EXPONENT: u32 = 65537;
/// A pair of primes is unusable when one of them is 1 modulo the exponent: about once in 30,000 pairs.
const ATTEMPTS: usize = 8;

/// A key of 2048 bits, each number as the content of a DER INTEGER.
pub(super) struct RsaKey {
    pub(super) modulus: Vec<u8>,
    pub(super) public_exponent: Vec<u8>,
    pub(super) private_exponent: Vec<u8>,
    pub(super) primes: [Vec<u8>; 2],
    /// The private exponent modulo each prime less one.
    exponents: [Vec<u8>; 2],
    /// The inverse of the second prime modulo the first.
    pub(super) coefficient: Vec<u8>,
}

impl RsaKey {
    /// A new key; `None` if the generator yields no usable primes, which does not happen with a random one.
    pub(super) fn generate(random: &mut Random) -> Option<Self> {
        let mut source = Source(random);
        (0..ATTEMPTS).find_map(|_| {
            let (one, other) = (prime(&mut source)?, prime(&mut source)?);
            Self::of_primes(one.max(other), one.min(other))
        })
    }

    /// `p` is the greater one.
    fn of_primes(p: U1024, q: U1024) -> Option<Self> {
        let exponent = U2048::from(PUBLIC_EXPONENT);
        let less_one = |prime: &U1024| NonZero::new(prime.wrapping_sub(&U1024::ONE)).into_option();
        let (p_less_one, q_less_one) = (less_one(&p)?, less_one(&q)?);
        let totient: U2048 = p_less_one.as_ref().concatenating_mul(q_less_one.as_ref());
        let private = exponent.invert_mod(&NonZero::new(totient).into_option()?).into_option()?;
        let coefficient = q.invert_mod(&NonZero::new(p).into_option()?).into_option()?;
        let modulus: U2048 = p.concatenating_mul(&q);
        Some(Self {
            modulus: der::unsigned(&modulus.to_be_bytes()),
            public_exponent: der::unsigned(&PUBLIC_EXPONENT.to_be_bytes()),
            private_exponent: der::unsigned(&private.to_be_bytes()),
            primes: [der::unsigned(&p.to_be_bytes()), der::unsigned(&q.to_be_bytes())],
            exponents: [
                der::unsigned(&private.rem_vartime(&p_less_one).to_be_bytes()),
                der::unsigned(&private.rem_vartime(&q_less_one).to_be_bytes()),
            ],
            coefficient: der::unsigned(&coefficient.to_be_bytes()),
        })
    }

    /// RSAPrivateKey of PKCS #1 (RFC 8017, appendix A.1.2).
    pub(super) fn pkcs1(&self) -> Vec<u8> {
        let version: &[u8] = &[0];
        let numbers = [
            version,
            &self.modulus,
            &self.public_exponent,
            &self.private_exponent,
            &self.primes[0],
            &self.primes[1],
            &self.exponents[0],
            &self.exponents[1],
            &self.coefficient,
        ];
        let content: Vec<u8> =
            numbers.into_iter().flat_map(|number| der::value(der::INTEGER, number)).collect();
        der::value(der::SEQUENCE, &content)
    }

    /// PrivateKeyInfo of PKCS #8 (RFC 5208), of which AWS takes the fingerprint.
    pub(super) fn pkcs8(&self) -> Vec<u8> {
        let version = der::value(der::INTEGER, &[0]);
        let algorithm = der::value(der::SEQUENCE, &der::RSA_ENCRYPTION);
        let key = der::value(der::OCTET_STRING, &self.pkcs1());
        der::value(der::SEQUENCE, &[version, algorithm, key].concat())
    }
}

/// A prime whose two highest bits are set, so that the product of two has all its bits.
fn prime(source: &mut Source<'_>) -> Option<U1024> {
    let sieve = SmallFactorsSieveFactory::new(Flavor::Any, PRIME_BITS, SetBits::TwoMsb).ok()?;
    sieve_and_find(source, sieve, |_, candidate| is_prime(Flavor::Any, candidate)).ok()?
}

/// The request's generator as the library wants to see it.
struct Source<'r>(&'r mut Random);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

/// It is ChaCha over the request's seed.
impl TryCryptoRng for Source<'_> {}
