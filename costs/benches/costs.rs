//! Times every row of the cost table, and what the cost depends on.
//!
//! ```text
//! cargo bench                    # everything; takes a while
//! cargo bench -- 'table/.*/1000$'
//! cargo bench -- receivers
//! ```
//!
//! For ratios on a machine that is busy with something else, too, take `cargo run --release --example cost`.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]

mod cases;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use cases::{Case, details, table};

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
    time(criterion, "table", &mut table::cases(), &COUNTS);
}

fn what_it_depends_on(criterion: &mut Criterion) {
    for mut group in details::groups() {
        time(criterion, group.name, &mut group.cases, &[10_000]);
    }
}

criterion_group! {
    name = costs;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = table_rows, what_it_depends_on
}
criterion_main!(costs);
