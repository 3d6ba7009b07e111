//! A session's part in a transaction: everything is tried, then everything is done, under one lock.

use hashbrown::HashMap;
use tidegate_types::{DoorLimits, Refusal};

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
    /// Does what `operations` ask of the session, or nothing; answers for which gateway, and what each did.
    pub(crate) fn transact(
        &self,
        epoch: u32,
        operations: &[Operation<'_>],
        door: &DoorLimits,
    ) -> Result<(&'static str, Vec<Effect>), Refused> {
        let mut refused = None;
        let effects = self.leased(epoch, |state| {
            state.transact(operations, door).map_err(|(index, refusal)| {
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
        door: &DoorLimits,
    ) -> Result<(&'static str, Vec<Effect>), Refused> {
        self.try_settles(operations)?;
        self.try_deltas(operations, door)?;
        let new = self.note_keys(operations)?;
        let effects =
            operations.iter().zip(new).enumerate().map(|(index, (operation, new))| match operation {
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

    /// Notes the keys of the messages, or none of them; answers which messages are new.
    fn note_keys(&mut self, operations: &[Operation<'_>]) -> Result<Vec<bool>, Refused> {
        let limit = self.limits().once_keys;
        let mut noted = Vec::new();
        let new = operations.iter().enumerate().map(|(index, operation)| {
            let Operation::Publish { once: Some(key), .. } = operation else { return Ok(true) };
            match self.extra().once.insert(*key, limit) {
                Once::New => {
                    noted.push(*key);
                    Ok(true)
                }
                Once::Known => Ok(false),
                Once::Full => Err((Some(index), Refusal::QuotaExceeded)),
            }
        });
        let new: Result<Vec<_>, _> = new.collect();
        if new.is_err() {
            noted.into_iter().for_each(|key| {
                self.extra().once.remove(key);
            });
        }
        new
    }
}
