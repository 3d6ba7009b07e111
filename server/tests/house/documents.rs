//! What the pages say is so: links lead somewhere, configurations load, messages are the real ones.

use tidegate_config::Sources;

use crate::reference::loader;
use crate::tree::{root, texts};

/// The Markdown pages and their texts.
fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    texts()
        .iter()
        .filter(|(path, _)| path.ends_with(".md"))
        .map(|(path, text)| (path.as_str(), text.as_str()))
}

/// The fenced blocks of a page: what follows the opening fence, and the lines.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
            blocks.push((kind, inside.join("\n")));
        }
    }
    blocks
}

fn page(path: &str) -> &'static str {
    pages().find(|(found, _)| *found == path).map_or_else(|| panic!("{path} is gone"), |(_, text)| text)
}

#[test]
fn links_lead_to_files_that_exist() {
    let mut links = 0;
    for (path, text) in pages() {
        let folder = root().join(path).parent().expect("a file lies in a folder").to_path_buf();
        for after in text.split("](").skip(1) {
            let target = after.split([')', '#']).next().unwrap_or("");
            if target.is_empty() || target.contains("://") {
                continue;
            }
            links += 1;
            assert!(folder.join(target).exists(), "{path} links to {target}, which does not exist");
        }
    }
    assert!(links > 5, "only {links} links were found");
}

#[test]
fn configurations_on_the_pages_load() {
    let mut read = 0;
    for (path, text) in pages().filter(|(path, _)| path.starts_with("docs/") || !path.contains('/')) {
        for (_, block) in blocks(text).into_iter().filter(|(kind, _)| *kind == "toml") {
            read += 1;
            let loaded = loader().load(&Sources::new().with_file(path, block));
            loaded.unwrap_or_else(|problems| panic!("{problems}"));
        }
    }
    assert!(read > 0, "no configuration was found");
}

#[test]
fn the_mistakes_shown_get_the_messages_shown() {
    let text = "[log]\nlevle = \"warn\"\n\n[limits]\nmax_held_bytes = \"4G\"\n";
    let variable = ("TIDEGATE__ADMIN__BIND".into(), "*:18083".into());
    let sources = Sources::new().with_file("tidegate.toml", text).with_environment([variable]);
    let problems = loader().load(&sources).expect_err("it is full of mistakes").to_string();
    let shown = blocks(page("docs/configuration.md"));
    assert!(
        shown.iter().any(|(_, block)| *block == problems),
        "docs/configuration.md does not show\n{problems}"
    );
}

#[test]
fn the_readme_starts_with_two_commands() {
    let commands: Vec<String> = blocks(page("README.md"))
        .into_iter()
        .map(|(_, block)| block)
        .filter(|b| b.starts_with("cargo"))
        .collect();
    assert_eq!(commands, ["cargo run --release", "cargo test --workspace"]);
}
