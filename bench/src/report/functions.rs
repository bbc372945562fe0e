//! What is reported of the functions.

use super::bars::bars;
use super::document::Section;
use super::table::{Table, number, ratio, spread};
use crate::functions::instructions::Instructions;
use crate::functions::starts::Starts;
use crate::functions::subject::Subject;
use crate::functions::warm::Warm;

/// Starts, as two tables and a plot.
pub(crate) fn starts(starts: &[Starts]) -> Section {
    let Some(hello) = starts.first() else { return Section::default() };
    let mut ready = Table::new(2, &["function", "store", "to `/next`, ms", "× hello", "CPU, ms", "× hello"]);
    let heads = ["function", "store", "first event, ms", "to first answer, ms", "× hello", "CPU, ms", "× hello"];
    let mut answered = Table::new(2, &heads);
    for of in starts {
        let times = |sample: fn(&Starts) -> f64| ratio(sample(of), sample(hello));
        let wall = [spread(of.ready), times(|of| of.ready.median)];
        let cpu = [spread(of.ready_cpu), times(|of| of.ready_cpu.median)];
        ready.row(names(of.subject).into_iter().chain(wall).chain(cpu));
        let wall = [spread(of.first_event), spread(of.answered), times(|of| of.answered.median)];
        let cpu = [spread(of.answered_cpu), times(|of| of.answered_cpu.median)];
        answered.row(names(of.subject).into_iter().chain(wall).chain(cpu));
    }
    let mut section = Section::new(ready.markdown());
    section.add(&answered.markdown());
    let groups: Vec<_> = starts
        .iter()
        .map(|of| {
            (label(of.subject), vec![Some(of.ready.median), Some(of.answered.median), Some(of.answered_cpu.median)])
        })
        .collect();
    let series = ["to /next", "to first answer", "CPU to first answer"].map(str::to_owned);
    section.plot("starts", "Starts of the functions", bars("Starts, milliseconds", &series, &groups));
    section
}

/// Warm events, as a table and a plot.
pub(crate) fn warm(warm: &[Warm]) -> Section {
    let Some(hello) = warm.first() else { return Section::default() };
    let heads = ["function", "store", "event, µs", "CPU of an event, µs", "× hello", "resident, MB", "size, MB"];
    let mut table = Table::new(2, &heads);
    for of in warm {
        let cpu = [spread(of.cpu), ratio(of.cpu.median, hello.cpu.median)];
        let memory = [number(of.resident_mb), number(of.size_mb)];
        table.row(names(of.subject).into_iter().chain([spread(of.wall)]).chain(cpu).chain(memory));
    }
    let mut section = Section::new(table.markdown());
    let groups: Vec<_> =
        warm.iter().map(|of| (label(of.subject), vec![Some(of.wall.median), Some(of.cpu.median)])).collect();
    let series = ["from event to answer", "CPU of the function"].map(str::to_owned);
    section.plot("events", "Events of warm functions", bars("Warm events, microseconds", &series, &groups));
    section
}

/// Instructions, as a table and a plot.
pub(crate) fn instructions(counted: &[Instructions]) -> Section {
    let mut section = Section::new(instructions_table(counted).markdown());
    let groups: Vec<_> = counted
        .iter()
        .map(|of| {
            let counts = [of.start, of.first_event, of.event].map(|count| Some(thousands(count)));
            (format!("{} ({})", of.function, of.store), counts.to_vec())
        })
        .collect();
    let series = ["start", "first event", "later event"].map(str::to_owned);
    section.plot("instructions", "Instructions of the functions", bars("Instructions, thousands", &series, &groups));
    section
}

/// The table of instructions alone.
pub(crate) fn instructions_table(counted: &[Instructions]) -> Table {
    let heads = ["function", "store", "start, k", "× hello", "first event, k", "later event, k", "× hello"];
    let mut table = Table::new(2, &heads);
    for of in counted {
        let times = |count: fn(&Instructions) -> u64| {
            ratio(count(of) as f64, counted.first().map_or(0.0, |hello| count(hello) as f64))
        };
        let start = [number(thousands(of.start)), times(|of| of.start), number(thousands(of.first_event))];
        let event = [number(thousands(of.event)), times(|of| of.event)];
        table.row([of.function.clone(), of.store.clone()].into_iter().chain(start).chain(event));
    }
    table
}

fn thousands(count: u64) -> f64 {
    count as f64 / 1e3
}

fn names(subject: Subject) -> [String; 2] {
    [format!("`{}`", subject.function), subject.link_name().to_owned()]
}

fn label(subject: Subject) -> String {
    format!("{} ({})", subject.function, subject.link_name())
}
