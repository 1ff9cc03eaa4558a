use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Context, Record, View};
use controlplane_types::{Key, Scope, Timestamp};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use std::fmt;
use std::time::Duration;

/// A key seals for this long.
const SEALS: Duration = Duration::from_secs(30 * 24 * 3600);
/// And opens for so much longer: more than any session lasts (36 hours).
const OPENS: Duration = Duration::from_secs(2 * 24 * 3600);

/// What session tokens are sealed with. Id: its number, so that they sort; owner: the system account.
///
/// Whoever asks for credentials when there is none, or the newest is a month old, makes one, and what was replaced two days
/// before goes. A key seals so few tokens (far below 2^32) that nonces made by chance do not meet.
#[derive(Clone, PartialEq, Encode, Decode)]
pub struct SealingKey {
    /// AES-256.
    #[n(0)]
    pub(super) secret: ByteArray<32>,
    /// When.
    #[n(1)]
    pub(super) made_at: Timestamp,
}

impl Record for SealingKey {
    const KIND: &'static str = "session_token_key";
    const GLOBAL: bool = true;
}

impl SealingKey {
    fn key(number: u32) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::Global, Self::KIND, &format!("{number:010}"))
    }

    /// The key with this number.
    pub(super) fn find(number: u32, view: &View) -> Option<&Self> {
        view.get(&Self::key(number))
    }

    /// The key to seal with now, made if need be.
    pub(super) fn current(cx: &mut Context) -> (u32, Self) {
        let newest = Self::numbers(&cx.view).last().copied();
        let known = newest.and_then(|number| Some((number, Self::find(number, &cx.view)?.clone())));
        let now = cx.now;
        if let Some((number, key)) = known.filter(|(_, key)| now < key.made_at + SEALS) {
            return (number, key);
        }
        Self::forget_old(cx);
        let number = newest.map_or(0, |newest| newest.wrapping_add(1));
        let mut secret = [0; 32];
        cx.random().fill(&mut secret);
        let key = Self { secret: secret.into(), made_at: now };
        cx.put_at(Self::key(number), key.clone());
        (number, key)
    }

    /// Removes keys that neither seal nor open any more.
    fn forget_old(cx: &mut Context) {
        let is_old = |number: &u32| {
            Self::find(*number, &cx.view).is_some_and(|key| cx.now > key.made_at + SEALS + OPENS)
        };
        let old: Vec<u32> = Self::numbers(&cx.view).into_iter().filter(is_old).collect();
        old.into_iter().for_each(|number| cx.delete_at(Self::key(number)));
    }

    fn numbers(view: &View) -> Vec<u32> {
        view.all::<Self>().filter_map(|stored| stored.key.id().parse().ok()).collect()
    }
}

/// Secrets stay out of logs.
impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("made_at", &self.made_at).finish_non_exhaustive()
    }
}
