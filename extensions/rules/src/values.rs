//! What stands in for a placeholder.

use std::cell::OnceCell;

use tidegate_broker::Principal;
use tidegate_config::sections::Placeholder;

/// The parts of somebody that patterns may name.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    who: &'a Principal,
    address: OnceCell<String>,
}

impl<'a> Values<'a> {
    pub(crate) const fn new(who: &'a Principal) -> Self {
        Self { who, address: OnceCell::new() }
    }

    pub(crate) const fn who(&self) -> &'a Principal {
        self.who
    }

    /// The value, if it is fit to be a stretch of a level: there, not empty, without a separator or a wildcard, and
    /// not beginning with `$` where the topic would (`first`). Whoever chooses his own client id could otherwise make
    /// a rule say more than its author meant.
    pub(crate) fn get(&self, placeholder: &Placeholder, first: bool) -> Option<&[u8]> {
        let value: &[u8] = match placeholder {
            Placeholder::Client => self.who.client.as_ref()?.as_bytes(),
            Placeholder::User => self.who.user.as_ref()?.as_bytes(),
            Placeholder::CommonName => self.who.certificate.as_ref()?.common_name.as_ref()?.as_bytes(),
            Placeholder::Address => {
                let address = self.who.remote?.ip().to_canonical();
                self.address.get_or_init(|| address.to_string()).as_bytes()
            }
            Placeholder::Attribute(name) => {
                // Named twice, it means nothing certain.
                let mut named =
                    self.who.attributes.iter().filter(|(found, _)| found.as_bytes() == name.as_bytes());
                let (_, value) = named.next()?;
                named.next().is_none().then_some(value)?.as_bytes()
            }
        };
        let unfit = value.is_empty()
            || value.iter().any(|byte| matches!(byte, b'/' | b'+' | b'#' | 0))
            || first && value.first() == Some(&b'$');
        (!unfit).then_some(value)
    }
}
