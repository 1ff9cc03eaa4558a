//! A list that nearly always holds one thing.

use std::ops::Deref;

/// One thing in place, or any number of them elsewhere. Where `T` leaves a value unused, this is no larger than `T`; the vectors
/// of public libraries that keep a few things in place take a length and a capacity more, for lists that change.
#[derive(Debug)]
pub enum Few<T> {
    /// The only one.
    One(T),
    /// None, or several.
    Many(Box<[T]>),
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Few::One(only) => std::slice::from_ref(only),
            Few::Many(all) => all,
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut all: Vec<T>) -> Self {
        match all.pop() {
            Some(only) if all.is_empty() => Few::One(only),
            last => {
                all.extend(last);
                Few::Many(all.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Group, Node};
    use super::*;

    #[test]
    fn it_holds_what_it_was_made_of() {
        for count in 0..4 {
            let all: Vec<u32> = (0..count).collect();
            assert_eq!(*Few::from(all.clone()), *all);
        }
    }

    /// There are millions of each: who makes them larger should mean it.
    #[test]
    fn a_name_with_one_simple_set_is_small() {
        assert_eq!((size_of::<Group>(), size_of::<Node>()), (72, 104));
    }
}
