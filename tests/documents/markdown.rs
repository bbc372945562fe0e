//! What the tests need of Markdown: fenced blocks and headings.

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    /// The line of its opening fence, from 1 on.
    pub(crate) line: usize,
    /// What stands behind the opening fence, such as `sh no-run`.
    pub(crate) info: &'a str,
    /// The lines between the fences.
    pub(crate) text: String,
}

/// The fenced blocks of a document. Fences in lists are indented, as are their lines.
pub(crate) fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = document.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let inner = lines.by_ref().map(|(line, _)| line).take_while(|line| line.trim() != "```");
        let inner = inner.map(|line| line.get(indent..).unwrap_or_default());
        let text = inner.flat_map(|line| [line, "\n"]).collect();
        blocks.push(Block { line: number, info: info.trim(), text });
    }
    blocks
}

/// The lines outside of fenced blocks, with their numbers from 1 on.
pub(crate) fn prose(document: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    document.lines().enumerate().filter_map(move |(at, line)| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        (!fenced && !is_fence).then_some((at + 1, line))
    })
}

/// The anchors of a document's headings, as GitHub and mdBook make them.
pub(crate) fn anchors(document: &str) -> impl Iterator<Item = String> {
    let headings = prose(document).filter_map(|(_, line)| line.strip_prefix('#'));
    headings.map(|heading| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}
