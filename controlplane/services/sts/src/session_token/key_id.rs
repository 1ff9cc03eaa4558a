//! Ids of temporary access keys: `ASIA`, the account in eight letters, eight letters by chance.

use controlplane_services_kernel::Random;
use controlplane_types::AccountId;

const PREFIX: &str = "ASIA";
/// Five bits each.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Twelve digits are less than 40 bits.
const LETTERS: usize = 8;

/// Whether an access key id is that of temporary credentials.
pub fn is_temporary(access_key_id: &str) -> bool {
    access_key_id.starts_with(PREFIX)
}

/// A new id.
pub(super) fn new(account: &AccountId, random: &mut Random) -> String {
    let account = account.as_str().parse().unwrap_or(0);
    format!("{PREFIX}{}{}", letters(account), letters(random.below(1 << 40)))
}

/// The account of temporary credentials with this id.
pub fn account_of(access_key_id: &str) -> Option<AccountId> {
    let text = access_key_id.strip_prefix(PREFIX).filter(|rest| rest.len() == 2 * LETTERS)?;
    let number = text.bytes().take(LETTERS).try_fold(0_u64, |number, letter| {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        Some(number << 5 | value as u64)
    })?;
    let account = format!("{number:012}");
    (account.len() == 12).then(|| account.as_str().into())
}

fn letters(number: u64) -> String {
    let letter = |place: usize| ALPHABET[(number >> (5 * place)) as usize % ALPHABET.len()];
    (0..LETTERS).rev().map(|place| char::from(letter(place))).collect()
}
