//! What is reported of the local server.

use super::bars::bars;
use super::document::Section;
use super::lines::lines;
use super::table::{Table, number, ratio, spread};
use crate::sample::Sample;
use crate::server::contention::{CALLERS, Contention};
use crate::server::growth::{KINDS, Stage};
use crate::server::latchkey::Kept;
use crate::server::load::Tool;
use crate::server::throughput::{Row, Throughput};

/// Requests a second, as a table and a plot for memory and for a file.
pub(crate) fn throughput(tool: &Tool, rows: &[Row]) -> Section {
    let mut section = Section::new(format!("The load was sent by {}.", tool.name()));
    for kept in Kept::ALL {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.kept == kept).collect();
        section.add(&throughput_table(kept, &rows).markdown());
        let groups: Vec<_> = rows.iter().map(|row| (row.operation.name().to_owned(), rates(row))).collect();
        let compared = rows.iter().any(|row| row.reference.is_some());
        let series: Vec<String> =
            ["Latchkey", "reference"].into_iter().take(if compared { 2 } else { 1 }).map(str::to_owned).collect();
        let title = format!("Requests a second, keys in {}", kept.name());
        section.plot(plot_name(kept), &title, bars(&title, &series, &groups));
    }
    section
}

fn plot_name(kept: Kept) -> &'static str {
    match kept {
        Kept::InMemory => "throughput-memory",
        Kept::InFile => "throughput-file",
    }
}

fn rates(row: &Row) -> Vec<Option<f64>> {
    vec![Some(row.latchkey.rate.median), row.reference.as_ref().map(|reference| reference.rate.median)]
}

fn throughput_table(kept: Kept, rows: &[&Row]) -> Table {
    let keys = format!("keys in {}", kept.name());
    let heads = [&keys, "server", "requests a second", "p50, ms", "p99, ms", "CPU, µs", "errors", "× reference"];
    let mut table = Table::new(2, &heads);
    for row in rows {
        let against = row.reference.as_ref().map_or(0.0, |reference| reference.rate.median);
        let times = ratio(row.latchkey.rate.median, against);
        table.row(cells(row.operation.name(), "Latchkey", &row.latchkey).into_iter().chain([times]));
        if let Some(reference) = &row.reference {
            table.row(cells("", "reference", reference).into_iter().chain([String::new()]));
        }
    }
    table
}

fn cells(operation: &str, server: &str, of: &Throughput) -> [String; 7] {
    let cpu = if of.cpu_us.median > 0.0 { spread(of.cpu_us) } else { "–".to_owned() };
    let name = (operation.to_owned(), server.to_owned());
    [name.0, name.1, spread(of.rate), spread(of.p50_ms), spread(of.p99_ms), cpu, of.errors.to_string()]
}

/// Growth, as a table and a plot.
pub(crate) fn growth(stages: &[Stage]) -> Section {
    let (Some(first), Some(last)) = (stages.first(), stages.last()) else { return Section::default() };
    let columns = stages.iter().map(|stage| format!("{} keys", number(stage.keys as f64)));
    let heads: Vec<String> = ["one request, ms".to_owned()].into_iter().chain(columns).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).chain(["last × first"]).collect();
    let mut table = Table::new(1, &heads);
    let mut series = Vec::new();
    for (at, kind) in KINDS.into_iter().enumerate() {
        let sample = |stage: &Stage| stage.milliseconds.get(at).copied().unwrap_or_default();
        let figures = stages.iter().map(|stage| spread(sample(stage)));
        let times = ratio(sample(last).median, sample(first).median);
        table.row([kind.to_owned()].into_iter().chain(figures).chain([times]));
        series.push((kind.to_owned(), stages.iter().map(|stage| sample(stage).median).collect::<Vec<_>>()));
    }
    let resident = stages.iter().map(|stage| number(stage.resident_mb));
    let times = ratio(last.resident_mb, first.resident_mb);
    table.row(["resident memory, MB".to_owned()].into_iter().chain(resident).chain([times]));
    let mut section = Section::new(table.markdown());
    let keys: Vec<f64> = stages.iter().map(|stage| stage.keys as f64).collect();
    let plot = lines("Milliseconds of one request", "keys", &keys, &series);
    section.plot("growth", "Growth with the number of keys", plot);
    let memory = vec![("resident memory".to_owned(), stages.iter().map(|stage| stage.resident_mb).collect())];
    section.plot("memory-growth", "Growth of memory", lines("Resident memory, MB", "keys", &keys, &memory));
    section
}

/// Contention, as a table and a plot.
pub(crate) fn contention(measured: &[Contention]) -> Section {
    let mut table = Table::new(1, &["decisions about", "callers", "a second", "p50, ms", "p99, ms"]);
    let mut series: Vec<(String, Vec<f64>)> = Vec::new();
    for of in measured {
        let samples: [Sample; 3] = [of.rate, of.p50_ms, of.p99_ms];
        table.row([of.on.to_owned(), of.callers.to_string()].into_iter().chain(samples.map(spread)));
        match series.iter_mut().find(|(on, _)| on == of.on) {
            Some((_, rates)) => rates.push(of.rate.median),
            None => series.push((of.on.to_owned(), vec![of.rate.median])),
        }
    }
    let mut section = Section::new(table.markdown());
    let plot = lines("Decisions a second", "callers", &CALLERS.map(|callers| callers as f64), &series);
    section.plot("contention", "Many callers at once", plot);
    section
}
