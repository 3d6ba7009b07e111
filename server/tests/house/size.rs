//! How large a file and a function may grow.

use syn::visit::{self, Visit};

use crate::exceptions::Exceptions;
use crate::tree::texts;

/// Lines of a file above which it needs a reason; above 600 a good one, such as a table or generated text.
const FILE_MOST: usize = 400;
/// Lines of a function, from its signature to its closing brace, above which it needs a reason.
const FUNCTION_MOST: usize = 80;

#[test]
fn files_and_functions_stay_small() {
    let mut exceptions = Exceptions::read("size-exceptions.toml");
    let mut faults = Vec::new();
    let mut files = 0;
    for (path, text) in texts().iter().filter(|(path, _)| path.ends_with(".rs")) {
        files += 1;
        let lines = text.lines().count();
        if lines > FILE_MOST && !exceptions.allow(path) {
            faults.push(format!("{path}: {lines} lines"));
        }
        for (name, lines) in functions(path, text) {
            if lines > FUNCTION_MOST && !exceptions.allow(&format!("{path}::{name}")) {
                faults.push(format!("{path}::{name}: {lines} lines"));
            }
        }
    }
    assert!(files > 50, "only {files} source files were found");
    exceptions.settle(&faults);
}

/// The functions of a file, with their lines.
fn functions(path: &str, text: &str) -> Vec<(String, usize)> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut found = Functions(Vec::new());
    found.visit_file(&file);
    found.0
}

struct Functions(Vec<(String, usize)>);

impl Functions {
    fn note(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let lines = body.brace_token.span.close().end().line + 1 - signature.fn_token.span.start().line;
        self.0.push((signature.ident.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.note(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[test]
fn functions_are_measured_wherever_they_stand() {
    let text = "fn a() {}\nmod m {\n    trait T {\n        fn b(&self) {\n        }\n        fn c();\n    }\n    \
                impl S {\n        fn d(\n        ) {\n            fn e() {}\n        }\n    }\n}\n";
    let found = functions("sample", text);
    let expected = [("a", 1), ("b", 2), ("d", 4), ("e", 1)];
    assert_eq!(found, expected.map(|(name, lines)| (name.to_owned(), lines)));
}
