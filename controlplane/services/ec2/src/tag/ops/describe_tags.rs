use crate::dry_run::may_dry_run;
use crate::filter::{Described, Field, Filter, Filters, one};
use crate::page::Listing;
use crate::tag::{ResourceTags, Tag};
use controlplane_services_kernel::{Query, Reader, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html>
pub(crate) struct DescribeTags;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeTagsInput {
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeTagsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeTagsOutput {
    pub(crate) tags: Vec<TagDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// One tag of one resource.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagDescription {
    pub(crate) resource_id: String,
    pub(crate) resource_type: String,
    pub(crate) key: String,
    pub(crate) value: String,
    /// The same tag in the form the filters on tags look at.
    #[serde(skip)]
    as_tag: Vec<Tag>,
}

impl Described for TagDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("key", |shown| one(&shown.key)),
        ("value", |shown| one(&shown.value)),
        ("resource-id", |shown| one(&shown.resource_id)),
        ("resource-type", |shown| one(&shown.resource_type)),
    ];

    fn id(&self) -> &str {
        &self.resource_id
    }

    fn tags(&self) -> &[Tag] {
        &self.as_tag
    }
}

impl Query for DescribeTags {
    const NAME: &'static str = "DescribeTags";
    type Input = DescribeTagsInput;
    type Output = DescribeTagsOutput;

    fn run(input: &DescribeTagsInput, cx: &Reader) -> Result<DescribeTagsOutput, ServiceError> {
        let filters = Filters::read(input.filters.as_deref())?;
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let all = cx.list::<ResourceTags>().flat_map(|stored| descriptions(stored.key.id(), stored.record));
        let accepted = all.filter(|shown| filters.accept(shown));
        let (tags, next_token) = listing
            .cut(ResourceTags::KIND, accepted, |shown| format!("{}/{}", shown.resource_id, shown.key))?;
        Ok(DescribeTagsOutput { tags, next_token })
    }
}

fn descriptions<'r>(id: &str, record: &'r ResourceTags) -> impl Iterator<Item = TagDescription> + use<'r> {
    let id = id.to_owned();
    record.tags.iter().map(move |(key, value)| TagDescription {
        resource_id: id.clone(),
        resource_type: record.resource_type.clone(),
        key: key.clone(),
        value: value.clone(),
        as_tag: vec![Tag { key: key.clone(), value: value.clone() }],
    })
}
