//! Which numbers of a range nobody has: the addresses of a subnet.
//!
//! Whoever takes the lowest free one of four thousand must not look at the thousands that are taken, so they are kept as
//! runs: a subnet that is filled from below is one run, however full it is. Rejected: a flag per number, which is copied
//! whole whenever a view is changed, and a pointer to the next free number, which is wrong as soon as one is given back.
//!
//! What readers get wrong: a number may be held twice for a moment. A commit that deletes one record and creates
//! another applies them in the order of their keys, so the number may be taken again before it is given back.

use crate::tables::Group;
use rpds::RedBlackTreeMapSync;

/// Numbers taken, by group.
#[derive(Clone, Default)]
pub(crate) struct Numbers {
    /// By its last number, the first one of each run. Runs neither overlap nor touch.
    runs: RedBlackTreeMapSync<(Group, u64), u64>,
    /// How often a number is held beyond the first time.
    again: RedBlackTreeMapSync<(Group, u64), u64>,
}

impl Numbers {
    pub(crate) fn take(&mut self, group: &Group, number: u64) {
        let next = self.run_from(group, number);
        if next.is_some_and(|(first, _)| first <= number) {
            let place = (group.clone(), number);
            let times = self.again.get(&place).copied().unwrap_or_default();
            return self.again.insert_mut(place, times + 1);
        }
        let before = number.checked_sub(1).map(|last| (group.clone(), last));
        let first = before.and_then(|place| {
            let first = self.runs.get(&place).copied()?;
            self.runs.remove_mut(&place);
            Some(first)
        });
        let last = next.filter(|(first, _)| number.checked_add(1) == Some(*first)).map(|(_, last)| last);
        self.runs.insert_mut((group.clone(), last.unwrap_or(number)), first.unwrap_or(number));
    }

    pub(crate) fn give_back(&mut self, group: &Group, number: u64) {
        let place = (group.clone(), number);
        match self.again.get(&place).copied() {
            Some(0 | 1) => {
                self.again.remove_mut(&place);
            }
            Some(times) => self.again.insert_mut(place, times - 1),
            None => self.free(group, number),
        }
    }

    fn free(&mut self, group: &Group, number: u64) {
        let Some((first, last)) = self.run_from(group, number).filter(|(first, _)| *first <= number) else {
            return;
        };
        self.runs.remove_mut(&(group.clone(), last));
        if first < number {
            self.runs.insert_mut((group.clone(), number - 1), first);
        }
        if number < last {
            self.runs.insert_mut((group.clone(), last), number + 1);
        }
    }

    /// The lowest number from `from` on that is not taken.
    pub(crate) fn first_free(&self, group: &Group, from: u64) -> u64 {
        match self.run_from(group, from) {
            Some((first, last)) if first <= from => last.saturating_add(1),
            _ => from,
        }
    }

    /// The first run that ends at `number` or behind it: its first and its last number.
    fn run_from(&self, group: &Group, number: u64) -> Option<(u64, u64)> {
        let ((found, last), first) = self.runs.range((group.clone(), number)..).next()?;
        (found == group).then_some((*first, *last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn group(name: &str) -> Group {
        ("addresses", name.into())
    }

    /// Many small changes beside a model that counts each number.
    #[test]
    fn what_is_free_is_what_nobody_holds() {
        const MOST: u64 = 24;
        let (mut numbers, mut held) = (Numbers::default(), BTreeMap::<(u64, u64), u32>::new());
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..4000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let (of, number) = (seed % 2, (seed >> 8) % MOST);
            let count = held.entry((of, number)).or_default();
            // Three of five take while there is little, so that runs grow, meet and break.
            if (seed >> 20) % 5 < 3 && *count < 2 {
                *count += 1;
                numbers.take(&group(&of.to_string()), number);
            } else if *count > 0 {
                *count -= 1;
                numbers.give_back(&group(&of.to_string()), number);
            }
            for from in 0..MOST {
                let free = (from..).find(|number| held.get(&(of, *number)).is_none_or(|count| *count == 0));
                assert_eq!(Some(numbers.first_free(&group(&of.to_string()), from)), free);
            }
        }
        for ((of, number), count) in held {
            (0..count).for_each(|_| numbers.give_back(&group(&of.to_string()), number));
        }
        assert!(numbers.runs.is_empty() && numbers.again.is_empty(), "nothing is left behind");
    }

    #[test]
    fn a_range_that_fills_from_below_is_one_run() {
        let mut numbers = Numbers::default();
        (0..4000).for_each(|number| numbers.take(&group("a"), number));
        assert_eq!((numbers.runs.size(), numbers.first_free(&group("a"), 0)), (1, 4000));
        assert_eq!(numbers.first_free(&group("b"), 7), 7);
    }
}
