//! The loads.

use crate::ask::{Ask, texts};
use crate::load::{self, Asks, Same};
use crate::peer::{Peer, Place, Running};
use crate::report::{Case, Figure, Report};
use std::time::{Duration, Instant};
use tests_benches_instruments::{Failure, cpu};

/// Connections that launch, and those of the mixed load.
const MANY: usize = 16;
/// Instances there are under the mixed load, and while nodes are counted.
const SOME: usize = 100;
/// Simulated machines where their number is not what is measured.
const NODES: u32 = 9;

pub(crate) struct Measurement<'r> {
    pub(crate) peer: Peer,
    pub(crate) time: Duration,
    pub(crate) report: &'r mut Report,
}

impl Measurement<'_> {
    async fn fresh(&self, nodes: u32) -> Result<(Place, Running), Failure> {
        let place = Place::new()?;
        let server = Running::start(self.peer, &place, nodes).await?;
        Ok((place, server))
    }

    pub(crate) async fn describe(&mut self, instances: u16, connections: &[usize]) -> Result<(), Failure> {
        let (_place, server) = self.fresh(NODES).await?;
        server.populate(instances.into()).await?;
        for connections in connections {
            let ask = || Same(Ask::Describe { count: instances.into(), growing: false });
            let mut asks: Vec<_> = (0..*connections).map(|_| ask()).collect();
            let outcome = load::run(&server, &mut asks, self.time).await?;
            let case = Case::Describe { instances, connections: *connections };
            outcome.report(&server, case, self.report);
        }
        Ok(())
    }

    pub(crate) async fn run(&mut self) -> Result<(), Failure> {
        let (_place, server) = self.fresh(NODES).await?;
        let image = server.image().await?;
        let ask = || Same(Ask::Run { image: image.clone(), count: 1 });
        let mut asks: Vec<_> = (0..MANY).map(|_| ask()).collect();
        let outcome = load::run(&server, &mut asks, self.time).await?;
        outcome.report(&server, Case::Run, self.report);
        Ok(())
    }

    pub(crate) async fn mixed(&mut self) -> Result<(), Failure> {
        let (_place, server) = self.fresh(NODES).await?;
        let ids = server.populate(SOME).await?;
        let image = server.image().await?;
        let client =
            |number| Mixed { ids: ids.clone(), image: image.clone(), count: number, own: Vec::new() };
        let mut asks: Vec<_> = (0..MANY).map(client).collect();
        let outcome = load::run(&server, &mut asks, self.time).await?;
        outcome.report(&server, Case::Mixed, self.report);
        Ok(())
    }

    /// What the nodes cost by themselves (they report, and are asked whether they live) is measured first and left out.
    pub(crate) async fn nodes(&mut self, nodes: u32) -> Result<(), Failure> {
        let (_place, server) = self.fresh(nodes).await?;
        server.populate(SOME).await?;
        let (before, began) = (cpu(server.pid())?, Instant::now());
        tokio::time::sleep(self.time).await;
        let idle = cpu(server.pid())?.saturating_sub(before).as_secs_f64() / began.elapsed().as_secs_f64();
        let mut asks = [Same(Ask::Describe { count: SOME, growing: false })];
        let outcome = load::run(&server, &mut asks, self.time).await?;
        self.report.add(Case::Nodes(nodes), Figure::Cpu, self.peer, outcome.cpu_each(idle));
        Ok(())
    }
}

/// Of twenty requests twelve look at one instance, two list all, and two each launch, tag and terminate.
struct Mixed {
    /// There from the beginning to the end.
    ids: Vec<String>,
    image: String,
    count: usize,
    /// Launched by this client.
    own: Vec<String>,
}

impl Asks for Mixed {
    fn next(&mut self) -> Ask {
        self.count += 1;
        let id = self.ids[self.count * 7919 % self.ids.len()].clone();
        match self.count % 20 {
            3 | 13 => Ask::Describe { count: SOME, growing: true },
            5 | 15 => Ask::Run { image: self.image.clone(), count: 1 },
            7 | 17 => Ask::Tag(id),
            9 | 19 => self.own.pop().map_or(Ask::DescribeOne(id), Ask::Terminate),
            _ => Ask::DescribeOne(id),
        }
    }

    fn learn(&mut self, body: &[u8]) {
        if memchr::memmem::find(&body[..body.len().min(200)], b"RunInstancesResponse").is_some() {
            self.own.extend(texts(body, "instanceId").into_iter().take(1));
        }
    }
}
