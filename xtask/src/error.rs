//! Why nothing could be generated.

/// Why nothing could be generated. Each message names the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file, relative to the project.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file lacks the line that opens or closes a generated region, or has it twice.
    #[error("{path}: {problem}")]
    Region {
        /// The file, relative to the project.
        path: String,
        /// Which line, and what is wrong with it.
        problem: String,
    },
    /// A line of a file of JSON lines is not what it should be.
    #[error("{path}, line {line}: {source}")]
    Line {
        /// The file, relative to the project.
        path: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A file that is not JSON, though it should be.
    #[error("{path}: {source}")]
    Json {
        /// The file, relative to the project.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}
