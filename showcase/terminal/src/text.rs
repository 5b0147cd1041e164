//! Reads the text of a file, and shortens text for one line of a terminal.

/// The characters of the bytes 0x80 to 0x9F in Windows-1252. Bytes without a character are control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Decodes each line as UTF-8, or as Windows-1252 if it is not valid UTF-8: a collection of files may contain both. A
/// file that starts with a byte order mark of UTF-16 is decoded as UTF-16. All line ends become `\n`.
pub fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        _ => bytes
            .split_inclusive(|byte| matches!(byte, b'\n' | b'\r'))
            // In a collection, each of the original files may start with a byte order mark.
            .map(|line| line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line))
            .map(|line| match str::from_utf8(line) {
                Ok(line) => line.to_owned(),
                Err(_) => line.iter().copied().map(windows_1252).collect(),
            })
            .collect(),
    };
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn utf_16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks();
    let units: Vec<u16> = pairs.iter().copied().map(read).collect();
    String::from_utf16_lossy(&units)
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// Returns a text of a file with at most this number of characters, and without control characters.
pub fn shortened(text: &str, max: usize) -> String {
    let visible = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let is_longer = text.chars().nth(max).is_some();
    let kept = if is_longer { max - 1 } else { max };
    let ellipsis = is_longer.then_some('…');
    text.chars().take(kept).map(visible).chain(ellipsis).collect()
}
