//! What is stored of use when all is over.

use std::sync::Arc;
use std::time::Duration;

use latchkey_harness::assert_usage_adds_up;
use latchkey_shared::store::Table;

use crate::cluster::Cluster;

/// Longer than any commit is late.
const LATE: Duration = Duration::from_secs(4);

/// The totals of organisations are the sums of their keys' rows, and no use is where no reader looks.
pub(crate) async fn totals(cluster: Arc<Cluster>) -> String {
    tokio::time::sleep(LATE).await;
    let (keys, usage) = (cluster.items(Table::Keys).await, cluster.items(Table::Usage).await);
    assert_usage_adds_up(&keys, &usage);
    let of = |prefix: &str| usage.iter().filter(|row| row["sk"].as_s().unwrap().starts_with(prefix)).count();
    format!("{} rows, {} of them totals and {} open days", usage.len(), of("total#"), of("open#"))
}
