//! Times every case of the cost table, and the groups of details.
//!
//! ```text
//! cargo bench -p costs                    # everything; takes a while
//! cargo bench -p costs -- 'table/.*/1000$'
//! cargo bench -p costs -- receivers
//! ```
//!
//! For ratios that are valid on a busy machine too, use `cargo run --release -p costs`.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    missing_docs,
    reason = "a program"
)]

use std::time::Duration;

use costs::cases::{Case, details, table};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const COUNTS: [usize; 3] = [1_000, 10_000, 100_000];

/// Times these cases with each of these numbers of entities.
fn time(criterion: &mut Criterion, group: &str, cases: &mut [Case], counts: &[usize]) {
    let mut group = criterion.benchmark_group(group);
    for &count in counts {
        group.throughput(Throughput::Elements(count as u64));
        for case in &mut *cases {
            let id = BenchmarkId::new(case.name, count);
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|rounds| (0..rounds).map(|_| case.round(count)).sum());
            });
        }
    }
    group.finish();
}

fn table_rows(criterion: &mut Criterion) {
    let mut cases: Vec<Case> = table::groups().into_iter().flatten().collect();
    time(criterion, "table", &mut cases, &COUNTS);
}

fn details_groups(criterion: &mut Criterion) {
    for mut group in details::groups() {
        time(criterion, group.name, &mut group.cases, &[10_000]);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = table_rows, details_groups
}
criterion_main!(benches);
