use crate::dry_run::may_dry_run;
use crate::filter::{Described, Field, Filter, Filters, one};
use crate::key_pair::{KeyPair, require_by_name};
use crate::resource::require;
use crate::tag::{self, Tag};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeKeyPairs.html>
pub(crate) struct DescribeKeyPairs;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeKeyPairsInput {
    pub(crate) key_names: Option<Vec<String>>,
    pub(crate) key_pair_ids: Option<Vec<String>>,
    pub(crate) include_public_key: Option<bool>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeKeyPairsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeKeyPairsOutput {
    pub(crate) key_pairs: Vec<KeyPairInfo>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyPairInfo {
    pub(crate) key_pair_id: String,
    pub(crate) key_name: String,
    key_type: &'static str,
    pub(crate) key_fingerprint: String,
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_key: Option<String>,
    tags: Vec<Tag>,
}

impl KeyPairInfo {
    fn new(id: &str, pair: &KeyPair, with_public_key: bool, cx: &Reader) -> Self {
        Self {
            key_pair_id: id.to_owned(),
            key_name: pair.name.clone(),
            key_type: pair.key_type.as_str(),
            key_fingerprint: pair.fingerprint.clone(),
            create_time: pair.created_at,
            public_key: with_public_key.then(|| pair.public_key.clone()),
            tags: tag::of(id, cx),
        }
    }
}

impl Described for KeyPairInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("fingerprint", |shown| one(&shown.key_fingerprint)),
        ("key-name", |shown| one(&shown.key_name)),
        ("key-pair-id", |shown| one(&shown.key_pair_id)),
    ];

    fn id(&self) -> &str {
        &self.key_pair_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Query for DescribeKeyPairs {
    const NAME: &'static str = "DescribeKeyPairs";
    type Input = DescribeKeyPairsInput;
    type Output = DescribeKeyPairsOutput;

    fn run(input: &DescribeKeyPairsInput, cx: &Reader) -> Result<DescribeKeyPairsOutput, ServiceError> {
        let filters = Filters::read(input.filters.as_deref())?;
        let named = named(input, cx)?;
        let with_public_key = input.include_public_key.unwrap_or(false);
        let wanted = |id: &str| named.as_ref().is_none_or(|named| named.contains(id));
        let pairs = cx.list::<KeyPair>().filter(|stored| wanted(stored.key.id()));
        let shown = pairs.map(|stored| KeyPairInfo::new(stored.key.id(), stored.record, with_public_key, cx));
        Ok(DescribeKeyPairsOutput { key_pairs: shown.filter(|shown| filters.accept(shown)).collect() })
    }
}

/// Ids of the pairs that were asked for by name or id, all of which have to exist; `None`: nobody asked for any.
fn named(input: &DescribeKeyPairsInput, cx: &Reader) -> Result<Option<BTreeSet<String>>, ServiceError> {
    let (names, ids) =
        (input.key_names.as_deref().unwrap_or_default(), input.key_pair_ids.as_deref().unwrap_or_default());
    if names.is_empty() && ids.is_empty() {
        return Ok(None);
    }
    let by_name = names.iter().map(|name| require_by_name(name, cx).map(|found| found.key.id().to_owned()));
    let by_id = ids.iter().map(|id| require::<KeyPair>(id, cx).map(|_| id.clone()));
    by_name.chain(by_id).collect::<Result<_, _>>().map(Some)
}
