//! `docs/openapi`: the OpenAPI documents.

use latchkey_functions::describe::Documents;

use crate::Error;
use crate::files::Files;

/// Writes the documents, and returns which routes nobody has described.
pub(crate) fn generate(files: &mut Files) -> Result<Vec<String>, Error> {
    let Documents { documents, problems } = Documents::generate();
    for (dialect, document) in documents {
        let path = format!("docs/openapi/{dialect}.json");
        let json = document.to_pretty_json().map_err(|source| Error::Json { path: path.clone(), source })?;
        files.set(path, Some(json + "\n"))?;
    }
    Ok(problems)
}
