//! Arrays of tables: read, checked, explained and documented as any other option.

use serde::{Deserialize, Serialize};
use tidegate_config::{
    Checks, Loader, OptionDoc, Registration, Reload, Section, SectionDoc, Sources, lint, reference,
};

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Post {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    #[serde(default)]
    weight: u8,
}

impl Section for Post {
    const NAME: &'static str = "post";
    const INTRO: &'static str = "Rules by the dozen.";

    fn options() -> &'static [OptionDoc] {
        const fn option(key: &'static str, example: Option<&'static str>) -> OptionDoc {
            OptionDoc { key, unit: "a thing", doc: "A thing.", cost: "", reload: Reload::Live, example }
        }
        const OPTIONS: &[OptionDoc] = &[
            option("rules", None),
            option("rules[].name", Some("\"a\"")),
            option("rules[].weight", Some("3")),
        ];
        OPTIONS
    }

    fn check(&self, checks: &mut Checks<'_>) {
        for (index, rule) in self.rules.iter().enumerate() {
            checks.within(&format!("rules[{index}].weight"), rule.weight, 0, 9);
        }
    }
}

fn load(text: &str) -> Result<Post, String> {
    let sources = Sources::new().with_file("f", text);
    let loaded = Loader::empty().with(Registration::of::<Post>()).load(&sources);
    Ok(loaded.map_err(|problems| problems.to_string())?.section().unwrap())
}

#[test]
fn the_documentation_is_complete() {
    assert_eq!(lint::<Post>(), Vec::<String>::new());
}

#[test]
fn an_elements_fault_is_told_where_it_stands() {
    let good = "[[post.rules]]\nname = \"a\"\n[[post.rules]]\nname = \"b\"\nweight = 9\n";
    let rules = load(good).unwrap().rules;
    assert_eq!(rules.iter().map(|rule| rule.weight).collect::<Vec<_>>(), [0, 9]);
    for (text, expected) in [
        ("weight = 10", "f:4:10: post.rules[1].weight: expected from 0 to 9, got 10"),
        (
            "wieght = 1",
            "f:4:1: post.rules[1].wieght: unknown key; did you mean weight? (known: name, weight)",
        ),
        ("weight = true", "f:4:10: post.rules[1].weight: expected a whole number from 0 to 255, got true"),
    ] {
        let text = format!("[[post.rules]]\nname = \"a\"\n[[post.rules]]\n{text}\nname = \"b\"\n");
        assert_eq!(load(&text).unwrap_err(), expected);
    }
    assert!(load("[[post.rules]]\n").unwrap_err().contains("post.rules[0].name: must be set"));
}

#[test]
fn the_reference_shows_an_element_and_loads() {
    let text = reference(&[SectionDoc::of::<Post>()]);
    let shown = "# rules has none; each is a table of its own, see below\n\n# [[post.rules]]\n# A thing.\n# Unit: a \
                 thing. A change holds at once.\n# name = \"a\"\n#\n";
    assert!(text.contains(shown), "{text}");
    assert_eq!(load(&text), Ok(Post::default()));
}
