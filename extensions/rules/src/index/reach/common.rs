//! What several lists have in common.

use super::Entry;

/// Walks lists in their order and gives what stands in all of them. What one list lacks is skipped in the others, in
/// steps that double.
pub(super) struct Common<'l, 'e> {
    lists: &'l mut [&'e [Entry]],
    /// What was looked at.
    pub(super) steps: usize,
}

impl<'l, 'e> Common<'l, 'e> {
    pub(super) fn new(lists: &'l mut [&'e [Entry]]) -> Self {
        Self { lists, steps: 0 }
    }
}

impl Iterator for Common<'_, '_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let mut wanted = *self.lists.first()?.first()?;
        let mut agreed = 0;
        for at in (0..self.lists.len()).cycle() {
            let list = self.lists.get_mut(at)?;
            *list = from(list, wanted, &mut self.steps);
            let found = *list.first()?;
            agreed = if found == wanted { agreed + 1 } else { 1 };
            wanted = found;
            if agreed == self.lists.len() {
                let first = self.lists.first_mut()?;
                *first = first.get(1..).unwrap_or_default();
                return Some(wanted);
            }
        }
        None
    }
}

/// The list from the first entry that is not before `wanted`.
fn from<'e>(list: &'e [Entry], wanted: Entry, steps: &mut usize) -> &'e [Entry] {
    let mut step = 1_usize;
    let mut rest = list;
    *steps = steps.saturating_add(1);
    while rest.get(step.saturating_sub(1)).is_some_and(|entry| *entry < wanted) {
        rest = rest.get(step..).unwrap_or_default();
        step = step.saturating_mul(2);
        *steps = steps.saturating_add(1);
    }
    // What is wanted stands before the end of this step.
    let near = rest.get(..step).unwrap_or(rest);
    rest.get(near.partition_point(|entry| *entry < wanted)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(numbers: impl Iterator<Item = u32>) -> Vec<Entry> {
        numbers.map(|number| (number, 0)).collect()
    }

    #[test]
    fn what_all_have_is_found_in_order() {
        let of = |every: u32| list((0..1_000).filter(move |number| number % every == 0));
        let (two, three, seven) = (of(2), of(3), of(7));
        let mut lists = [&two[..], &three, &seven];
        let found: Vec<Entry> = Common::new(&mut lists).collect();
        assert_eq!(found, of(42));
        assert_eq!(Common::new(&mut [&two[..], &[]]).next(), None);
        assert_eq!(Common::new(&mut []).next(), None);
    }

    #[test]
    fn long_stretches_are_skipped() {
        let (low, high) = (list(0..50_000), list(50_000..100_000));
        let mut lists = [&low[..], &high];
        let mut common = Common::new(&mut lists);
        assert_eq!(common.next(), None);
        assert!(common.steps < 40, "{}", common.steps);
    }
}
