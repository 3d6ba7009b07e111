//! A session's part in a transaction: everything is tried, then everything is done, under one lock.

use hashbrown::HashMap;
use tidegate_types::{DoorLimits, Limits, Refusal};

use super::attachment::Trial;
use super::once::Once;
use super::{Session, Settled, State};
use crate::door::Settlement;
use crate::transact::Operation;

/// What an operation did to the session.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Its message is to be routed.
    New,
    /// Its message was taken before, under the same key.
    Repeat,
    /// A delivery was settled.
    Settled(Settled),
    /// The attachment has this version now.
    Attached(u64),
}

/// Which operation was refused, and why; `None` for all of them.
pub(crate) type Refused = (Option<usize>, Refusal);

impl Session {
    /// Does what `operations` ask of the session, or nothing. `store` is called once it is known that they can be
    /// done, with what it is of each operation that its message is new; it may still refuse.
    pub(crate) fn transact(
        &self,
        epoch: u32,
        operations: &[Operation<'_>],
        (limits, door): (&Limits, &DoorLimits),
        store: impl FnOnce(&[bool]) -> Result<(), Refused>,
    ) -> Result<(&'static str, Vec<Effect>), Refused> {
        let mut refused = None;
        let effects = self.leased(epoch, |state| {
            state.transact(operations, (limits, door), store).map_err(|(index, refusal)| {
                refused = index;
                refusal
            })
        });
        effects.map_err(|refusal| (refused, refusal))
    }
}

impl State {
    fn transact(
        &mut self,
        operations: &[Operation<'_>],
        (limits, door): (&Limits, &DoorLimits),
        store: impl FnOnce(&[bool]) -> Result<(), Refused>,
    ) -> Result<(&'static str, Vec<Effect>), Refused> {
        self.try_settles(operations)?;
        self.try_deltas(operations, door)?;
        let mut noted = Vec::new();
        let stored = self.note_keys(operations, limits, &mut noted).and_then(|new| store(&new).map(|()| new));
        let new = stored.inspect_err(|_| {
            for key in noted {
                self.extra().once.remove(key);
            }
        })?;
        let effects = operations.iter().zip(new).enumerate().map(|(index, (operation, new))| match operation {
            Operation::Publish { .. } => Ok(if new { Effect::New } else { Effect::Repeat }),
            Operation::Settle { handle, settlement } => self
                .settle_one(*handle, *settlement)
                .map(Effect::Settled)
                .map_err(|refusal| (Some(index), refusal)),
            Operation::Attach(deltas) => Ok(Effect::Attached(self.extra().attachment.apply(deltas))),
        });
        let effects = effects.collect::<Result<_, _>>()?;
        Ok((self.gateway().unwrap_or_default(), effects))
    }

    fn try_settles(&self, operations: &[Operation<'_>]) -> Result<(), Refused> {
        // A handle is settled once; to hold it again changes nothing.
        let mut settled: HashMap<u32, bool, foldhash::fast::RandomState> = HashMap::default();
        for (index, operation) in operations.iter().enumerate() {
            let Operation::Settle { handle, settlement } = operation else { continue };
            let holds = *settlement == Settlement::Hold;
            let again = settled.insert(*handle, holds).is_some_and(|held| !(held && holds));
            let takes = self.inflight.as_ref().is_some_and(|inflight| inflight.takes(*handle, *settlement));
            if again || !takes {
                return Err((Some(index), Refusal::NotFound));
            }
        }
        Ok(())
    }

    fn try_deltas(&self, operations: &[Operation<'_>], door: &DoorLimits) -> Result<(), Refused> {
        let mut trial = Trial::new(self.kept());
        for (index, operation) in operations.iter().enumerate() {
            if let Operation::Attach(deltas) = operation {
                trial.add(deltas, door).map_err(|refusal| (Some(index), refusal))?;
            }
        }
        Ok(())
    }

    /// Notes the keys of the messages; answers which are new. `noted` is what a refusal has to take back.
    fn note_keys(
        &mut self,
        operations: &[Operation<'_>],
        limits: &Limits,
        noted: &mut Vec<u32>,
    ) -> Result<Vec<bool>, Refused> {
        let new = operations.iter().enumerate().map(|(index, operation)| match operation {
            Operation::Publish { once: Some(key), .. } => {
                match self.extra().once.insert(*key, limits.once_keys) {
                    Once::New => {
                        noted.push(*key);
                        Ok(true)
                    }
                    Once::Known => Ok(false),
                    Once::Full => Err((Some(index), Refusal::QuotaExceeded)),
                }
            }
            _ => Ok(true),
        });
        new.collect()
    }
}
