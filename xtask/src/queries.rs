//! What to ask the log of the functions, in the language of CloudWatch Logs Insights: the dashboard
//! shows the answers, and the docs the questions.

/// A question and its query.
pub(crate) struct Query {
    pub(crate) title: &'static str,
    /// The commands, in their order.
    pub(crate) commands: &'static [&'static str],
    /// Whether the dashboard shows it; the others are about something that its reader has to name.
    pub(crate) on_dashboard: bool,
}

/// All of them.
pub(crate) const QUERIES: [Query; 5] = [
    Query {
        title: "The slowest functions",
        commands: &[
            "filter message = \"request\"",
            "stats count(*) as requests, sum(cold) as cold, pct(ms, 50) as p50, pct(ms, 99) as p99 by function",
            "sort p99 desc",
            "limit 20",
        ],
        on_dashboard: true,
    },
    Query {
        title: "Who was refused, and why",
        commands: &[
            "filter message = \"request\" and code != \"ok\"",
            "stats count(*) as requests by function, code, caller, key_id",
            "sort requests desc",
            "limit 20",
        ],
        on_dashboard: true,
    },
    Query {
        title: "What failed",
        commands: &[
            "filter level = \"ERROR\" or level = \"WARN\"",
            "fields @timestamp, function, status, code, cause, warning, request_id",
            "sort @timestamp desc",
            "limit 20",
        ],
        on_dashboard: true,
    },
    Query {
        title: "What uses the store most",
        commands: &[
            "filter message = \"request\"",
            "stats sum(read_units) as reads, sum(write_units) as writes, sum(store_calls) as calls by function",
            "sort writes desc",
            "limit 20",
        ],
        on_dashboard: true,
    },
    Query {
        title: "One request by its id",
        commands: &["filter request_id = \"8f2a6a0c-9d2f-4d5c-a1de-3f1c7be2a3b1\"", "fields @timestamp, @message"],
        on_dashboard: false,
    },
];

impl Query {
    /// The query in one line.
    pub(crate) fn line(&self) -> String {
        self.commands.join(" | ")
    }
}

/// The queries as the docs show them.
pub(crate) fn list() -> String {
    let block = |query: &Query| format!("\n{}:\n\n```text\n{}\n```\n", query.title, query.commands.join("\n| "));
    QUERIES.iter().map(block).collect::<String>() + "\n"
}
