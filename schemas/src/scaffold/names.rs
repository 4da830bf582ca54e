//! The names of a new aggregate, in every form in which a template has them: `PaperClip`, `paper_clips`,
//! `/paper-clips`, "paper clip".

/// How an aggregate is called.
pub(super) struct AggregateNames<'a> {
    pub(super) context: &'a str,
    /// `paper_clip`
    aggregate: &'a str,
}

impl<'a> AggregateNames<'a> {
    pub(super) fn parse(name: &'a str) -> Result<Self, String> {
        let is_word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit())
        };
        let parts: Vec<_> = name.split('.').collect();
        match parts[..] {
            [context, aggregate] if is_word(context) && aggregate.split('_').all(is_word) => {
                Ok(Self { context, aggregate })
            }
            _ => Err(format!("{name} is no name like sales.price_list")),
        }
    }

    /// A template, or a path of one, with these names.
    pub(super) fn fill_template(&self, template: &str) -> String {
        let plural = plural(self.aggregate);
        let words = |name: &str| name.replace('_', " ");
        // What Rust keeps for itself is a name only so.
        let module = match self.aggregate {
            name if RESERVED.contains(&name) => format!("r#{name}"),
            name => name.to_owned(),
        };
        let names = [
            ("office", self.context.to_owned()),
            ("mod paper_clip;", format!("mod {module};")),
            ("paper_clip::", format!("{module}::")),
            ("paper_clips", plural.clone()),
            ("paper_clip", self.aggregate.to_owned()),
            ("PAPER_CLIPS", plural.to_uppercase()),
            ("PaperClip", domain::wire_aggregate(self.aggregate)),
            ("paper-clips", plural.replace('_', "-")),
            ("Paper clips", capitalized(&words(&plural))),
            ("paper clips", words(&plural)),
            ("paper clip", words(self.aggregate)),
        ];
        let fill = |text: String, (from, to): (&str, String)| text.replace(from, &to);
        names.into_iter().fold(template.to_owned(), fill)
    }
}

/// Words of Rust that something may be called after.
const RESERVED: &[&str] = &[
    "abstract", "box", "break", "const", "continue", "enum", "final", "loop", "macro", "match",
    "move", "override", "return", "static", "struct", "trait", "try", "type", "use", "where",
    "yield",
];

fn plural(name: &str) -> String {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    match name.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends(&["s", "x", "z", "ch", "sh"]) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

fn capitalized(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}
