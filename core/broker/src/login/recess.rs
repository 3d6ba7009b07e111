//! Between a member's "later" and its answer.

use tidegate_types::Text;

use crate::ports::Verdict;
use crate::sync::Mutex;

/// Where one hearing stands.
///
/// ```text
///   Sitting ──the member says "later"──▶ Recess ──its answer──▶ Over
///      │ its answer comes before it says so ──▶ Answered ──it says so──▶ Over
///      └ it says anything else ──▶ Over: an answer that comes then is for nobody
/// ```
#[derive(Debug, Default)]
enum Stand {
    #[default]
    Sitting,
    Answered(Verdict),
    /// With the name that is tried.
    Recess(Option<Text>),
    Over,
}

/// One hearing that may be adjourned, shared by the walk and whoever answers. It is answered once, however often it
/// was adjourned.
#[derive(Debug, Default)]
pub(super) struct Hold(Mutex<Stand>);

impl Hold {
    /// The member said "later", of who is `tried`. Answers its verdict, if it was there first.
    pub(super) fn adjourn(&self, tried: Option<&Text>) -> Option<Verdict> {
        let mut stand = self.0.lock();
        match std::mem::replace(&mut *stand, Stand::Over) {
            Stand::Answered(verdict) => Some(verdict),
            _ => {
                *stand = Stand::Recess(tried.cloned());
                None
            }
        }
    }

    /// The member said something else.
    pub(super) fn close(&self) {
        *self.0.lock() = Stand::Over;
    }

    /// A late verdict comes. Gives it back if the walk is to go on with it, and the name that is tried.
    pub(super) fn answer(&self, verdict: Verdict) -> Option<(Verdict, Option<Text>)> {
        let mut stand = self.0.lock();
        match std::mem::replace(&mut *stand, Stand::Over) {
            Stand::Sitting => {
                *stand = Stand::Answered(verdict);
                None
            }
            Stand::Answered(first) => {
                *stand = Stand::Answered(first);
                None
            }
            Stand::Recess(tried) => Some((verdict, tried)),
            Stand::Over => None,
        }
    }
}
