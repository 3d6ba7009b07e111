//! How the tables write bytes: hexadecimal words and 'text', blanks between them. A word `nn..` says "nn" once
//! for each of the bytes that the count behind it names, as in `42..300`.

/// The bytes that such a line means.
pub(crate) fn bytes(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        if let Some(text) = rest.strip_prefix('\'') {
            let (text, after) = text.split_once('\'').expect("a closing quote");
            out.extend_from_slice(text.as_bytes());
            rest = after.trim_start();
            continue;
        }
        let (word, after) = rest.split_at(rest.find([' ', '\'']).unwrap_or(rest.len()));
        match word.split_once("..") {
            Some((byte, count)) => {
                let byte = u8::from_str_radix(byte, 16).expect("hexadecimal");
                out.resize(out.len() + count.parse::<usize>().expect("a count"), byte);
            }
            None => out.extend((0..word.len()).step_by(2).map(|at| {
                u8::from_str_radix(&word[at..at + 2], 16).unwrap_or_else(|_| panic!("no hexadecimal: {word}"))
            })),
        }
        rest = after.trim_start();
    }
    out
}

/// The same for constants that live as long as the program.
pub(crate) fn leaked(line: &str) -> &'static [u8] {
    bytes(line).leak()
}
