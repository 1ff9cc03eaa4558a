//! From the start of the process to the first answered call.

use crate::peer::{Peer, Place, Running};
use crate::report::{Case, Figure, Report};
use std::time::Instant;
use tests_benches_instruments::Failure;

/// Hearth is started once more on what the first left behind; the peers leave nothing behind.
pub(crate) async fn measure(peer: Peer, report: &mut Report) -> Result<(), Failure> {
    let place = Place::new()?;
    for again in [false, true] {
        if again && peer != Peer::Hearth {
            break;
        }
        let began = Instant::now();
        let server = Running::start(peer, &place, 3).await?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        report.add(Case::Start { again }, Figure::FirstAnswer, peer, took);
        drop(server);
    }
    Ok(())
}
