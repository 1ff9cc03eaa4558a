//! Reading all records: in order, as of one moment, and never all of them in memory at once.
//!
//! Two ways, because two readers want different things. Whoever turns records into something else (a view) folds over
//! one scan of the store: nothing is copied, but the store is held meanwhile. Whoever sends them somewhere slow takes
//! an image, which costs a flush and a folder of hard links and then waits for nobody.
//!
//! Records and the applied index belong together only within one scan or one image: what stands in `meta/` is therefore
//! read with the records and not asked of the running state machine.

use super::{APPLIED, CHAIN, Chain, END, FIRST, RECORD, State, StateStore, read_value, record_key};
use crate::batch::BatchId;
use crate::store::{Image, StoreError, Visitor, off_thread, on_disk};
use crate::wire::LogIdRecord;
use controlplane_types::Timestamp;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Where a set of records stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The index of the newest applied entry; 0 when there is none.
    pub applied: u64,
    /// The newest applied batch.
    pub last: BatchId,
    /// That batch's `now`.
    pub now: Timestamp,
}

/// A visitor that may fail.
type Checked<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>;

/// All records of one moment, on disk, for as long as this is held.
#[derive(Clone)]
pub struct StateImage {
    image: Arc<dyn Image>,
    /// Whether reading may block.
    blocks: bool,
}

/// Some records of an image, in key order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Key and value.
    pub records: Vec<(String, Vec<u8>)>,
    /// Where the next part begins; `None` after the last.
    pub next: Option<String>,
}

impl StateStore {
    /// Gives every record to `visit`, which builds on `into`, in key order and as of one moment.
    pub(crate) async fn fold<T: Send + 'static>(
        &self,
        mut into: T,
        mut visit: impl FnMut(&mut T, &str, &[u8]) + Send + 'static,
    ) -> Result<(Standing, T), StoreError> {
        on_disk(&self.store, &self.runtime, move |store| {
            let scan = |visitor: Visitor<'_>| store.scan(FIRST, END, visitor);
            let standing = read(scan, &mut |key, value| visit(&mut into, key, value))?;
            Ok((standing, into))
        })
        .await
    }

    /// All records as of one moment.
    pub(crate) async fn load(&self) -> Result<State, StoreError> {
        let keep = |records: &mut Vec<_>, key: &str, value: &[u8]| {
            records.push((key.to_owned(), value.to_vec()));
        };
        let (standing, records) = self.fold(Vec::new(), keep).await?;
        Ok(State { applied: standing.applied, last: standing.last, now: standing.now, records })
    }

    /// An image of the records as they are now.
    pub(crate) async fn records_image(&self) -> Result<StateImage, StoreError> {
        let image = on_disk(&self.store, &self.runtime, |store| store.checkpoint()).await?;
        Ok(StateImage { image, blocks: self.store.blocks() })
    }
}

impl StateImage {
    /// Counts the records and says where they stand.
    pub async fn survey(&self) -> Result<(Standing, u64), StoreError> {
        self.read(|image| {
            let mut records = 0;
            let scan = |visitor: Visitor<'_>| image.scan(FIRST, END, visitor);
            let standing = read(scan, &mut |_, _| records += 1)?;
            Ok((standing, records))
        })
        .await
    }

    /// The record under `key`.
    pub async fn record(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let part = self.part(key, 1).await?;
        Ok(part.records.into_iter().find(|(found, _)| found == key).map(|(_, value)| value))
    }

    /// Records from the key `from` on, until they hold at least `bytes`. One record is always whole.
    pub async fn part(&self, from: &str, bytes: usize) -> Result<Part, StoreError> {
        let from = record_key(from);
        self.read(move |image| {
            let (mut part, mut held) = (Part::default(), 0);
            let mut visit = |key: &[u8], value: &[u8]| -> Result<ControlFlow<()>, StoreError> {
                let key = text(key.strip_prefix(RECORD).unwrap_or(key))?.to_owned();
                if held >= bytes {
                    part.next = Some(key);
                    return Ok(ControlFlow::Break(()));
                }
                held += key.len() + value.len();
                part.records.push((key, value.to_vec()));
                Ok(ControlFlow::Continue(()))
            };
            scan_checked(|visitor| image.scan(&from, END, visitor), &mut visit)?;
            Ok(part)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Image) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let image = self.image.clone();
        off_thread(self.blocks, move || work(image.as_ref())).await
    }
}

/// Gives each record to `visit`; what is no record says where they stand.
fn read(
    scan: impl FnOnce(Visitor<'_>) -> Result<(), StoreError>,
    visit: &mut dyn FnMut(&str, &[u8]),
) -> Result<Standing, StoreError> {
    let mut standing = Standing::default();
    let mut take = |key: &[u8], value: &[u8]| {
        if let Some(key) = key.strip_prefix(RECORD) {
            visit(text(key)?, value);
        } else if key == APPLIED {
            standing.applied = read_value::<LogIdRecord>(key, value)?.index;
        } else if key == CHAIN {
            let chain: Chain = read_value(key, value)?;
            (standing.last, standing.now) = (chain.newest, chain.now);
        }
        Ok(ControlFlow::Continue(()))
    };
    scan_checked(scan, &mut take)?;
    Ok(standing)
}

/// A scan whose visitor may fail, which ends it.
fn scan_checked(
    scan: impl FnOnce(Visitor<'_>) -> Result<(), StoreError>,
    visit: Checked<'_>,
) -> Result<(), StoreError> {
    let mut failed = None;
    let mut visitor = |key: &[u8], value: &[u8]| match visit(key, value) {
        Ok(flow) => flow,
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    };
    scan(&mut visitor)?;
    failed.map_or(Ok(()), Err)
}

fn text(key: &[u8]) -> Result<&str, StoreError> {
    std::str::from_utf8(key).map_err(|_| {
        StoreError::Damaged(format!("state/ is damaged: {} is no key", String::from_utf8_lossy(key)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Sim;
    use crate::store::{Durability, FaultyDisk, Store, WriteBatch};
    use crate::wire;

    fn write(disk: &FaultyDisk, pairs: &[(&str, &[u8])]) {
        let mut batch = WriteBatch::default();
        pairs.iter().for_each(|(key, value)| batch.put(*key, *value));
        disk.open().write(batch, Durability::Buffered).unwrap();
    }

    fn store(sim: &Sim) -> (FaultyDisk, Arc<StateStore>) {
        let disk = FaultyDisk::new(1);
        let applied = wire::encode(&LogIdRecord { term: 1, index: 7 });
        write(
            &disk,
            &[("meta/applied", &applied), ("record/a", b"1"), ("record/b", b"22"), ("record/c", b"3")],
        );
        let (state, log) = (disk.open(), FaultyDisk::new(2).open());
        (disk, StateStore::open(state, log, sim.machine("m")).unwrap())
    }

    fn keys(part: &Part) -> Vec<&str> {
        part.records.iter().map(|(key, _)| key.as_str()).collect()
    }

    #[test]
    fn an_image_is_read_in_parts_and_stays_as_it_was() {
        let sim = Sim::new(1);
        let reading = async {
            let (disk, state) = store(&sim);
            let image = state.records_image().await.unwrap();
            write(&disk, &[("record/b", b"new"), ("record/d", b"new")]);
            let (standing, records) = image.survey().await.unwrap();
            assert_eq!((standing.applied, records), (7, 3));
            let first = image.part("", 3).await.unwrap();
            assert_eq!((keys(&first), first.next.as_deref()), (vec!["a", "b"], Some("c")));
            let rest = image.part("c", 1_000).await.unwrap();
            assert_eq!((keys(&rest), rest.next.as_deref()), (vec!["c"], None));
            assert_eq!(image.record("b").await.unwrap().as_deref(), Some(&b"22"[..]));
            assert_eq!(image.record("aa").await.unwrap(), None, "not the record behind it");
            let count = |count: &mut u64, _: &str, _: &[u8]| *count += 1;
            let (standing, count) = state.fold(0, count).await.unwrap();
            assert_eq!((standing.applied, count), (7, 4), "a fold is of now");
        };
        sim.block_on(reading).unwrap();
    }

    #[test]
    fn a_key_that_is_no_text_is_damage() {
        let sim = Sim::new(1);
        let reading = async {
            let (disk, state) = store(&sim);
            let mut batch = WriteBatch::default();
            batch.put(b"record/\xff".to_vec(), b"".to_vec());
            disk.open().write(batch, Durability::Buffered).unwrap();
            let error = state.fold((), |(), _, _| {}).await.unwrap_err().to_string();
            assert!(error.contains("damaged"), "{error}");
        };
        sim.block_on(reading).unwrap();
    }
}
