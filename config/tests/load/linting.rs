//! What `lint` says of a section whose documentation is wrong.

use serde::{Deserialize, Serialize};
use tidegate_config::{Checks, OptionDoc, Reload, Section, lint};

#[derive(Deserialize, Serialize)]
#[serde(default)]
struct Careless {
    documented: u8,
    forgotten: u8,
    optional: Option<u8>,
}

impl Default for Careless {
    fn default() -> Self {
        Self { documented: 1, forgotten: 7, optional: None }
    }
}

const fn option(key: &'static str, example: Option<&'static str>) -> OptionDoc {
    OptionDoc { key, unit: "number", doc: "A number.", cost: "", reload: Reload::Live, example }
}

impl Section for Careless {
    const NAME: &'static str = "careless";
    const INTRO: &'static str = "Wrong in every way.";

    fn options() -> &'static [OptionDoc] {
        const OPTIONS: &[OptionDoc] = &[
            option("documented", Some("2")),
            option("optional", Some("300")),
            option("gone", Some("1")),
            option("bare", None),
            OptionDoc { doc: "", ..option("mute", Some("1")) },
        ];
        OPTIONS
    }

    fn check(&self, checks: &mut Checks<'_>) {
        checks.within("forgotten", self.forgotten, 0, 5);
    }
}

#[test]
fn every_fault_of_a_documentation_is_named() {
    let expected = [
        "careless.forgotten has no documentation",
        "the defaults are refused: default: careless.forgotten: expected from 0 to 5, got 7",
        "careless.documented has a default and an example",
        "the example of careless.optional is refused: --set optional: careless.optional: expected a whole number \
         from 0 to 255, got 300",
        "the example of careless.gone is refused: --set gone: careless.gone: unknown key (known: documented, \
         forgotten, optional)",
        "careless.bare has neither a default nor an example",
        "careless.mute is not explained",
    ];
    assert_eq!(lint::<Careless>(), expected);
}
