use super::ShownVersion;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Filter, Filters};
use crate::launch_template::LaunchTemplate;
use crate::launch_template::types::{LaunchTemplateVersion, named, version};
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, Record, ServiceError};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html>
///
/// Versions of one template; or, when no template is named, the default or latest version of every template.
pub(crate) struct DescribeLaunchTemplateVersions;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeLaunchTemplateVersionsInput {
    pub(crate) launch_template_id: Option<String>,
    pub(crate) launch_template_name: Option<String>,
    pub(crate) versions: Option<Vec<String>>,
    pub(crate) min_version: Option<String>,
    pub(crate) max_version: Option<String>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeLaunchTemplateVersionsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeLaunchTemplateVersionsOutput {
    pub(crate) launch_template_versions: Vec<ShownVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeLaunchTemplateVersions {
    const NAME: &'static str = "DescribeLaunchTemplateVersions";
    type Input = DescribeLaunchTemplateVersionsInput;
    type Output = DescribeLaunchTemplateVersionsOutput;

    fn run(
        input: &DescribeLaunchTemplateVersionsInput,
        cx: &Reader,
    ) -> Result<DescribeLaunchTemplateVersionsOutput, ServiceError> {
        let filters = Filters::read(input.filters.as_deref())?;
        let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
        let mut shown = if id.is_none() && name.is_none() {
            of_every_template(input, cx)?
        } else {
            let (id, template) = named(id, name, cx)?;
            of_one_template(input, &id, template, cx)?
        };
        shown.sort_by(|a, b| a.id().cmp(b.id()));
        shown.dedup_by(|a, b| a.id() == b.id());
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let shown = shown.into_iter().filter(|shown| filters.accept(shown));
        let (launch_template_versions, next_token) =
            listing.cut(LaunchTemplateVersion::KIND, shown, |shown| shown.id().to_owned())?;
        Ok(DescribeLaunchTemplateVersionsOutput { launch_template_versions, next_token })
    }
}

fn of_every_template(
    input: &DescribeLaunchTemplateVersionsInput,
    cx: &Reader,
) -> Result<Vec<ShownVersion>, ServiceError> {
    let texts = input.versions.as_deref().unwrap_or_default();
    if texts.is_empty() || texts.iter().any(|text| text != "$Latest" && text != "$Default") {
        return Err(errors::launch_template_or_symbolic_version());
    }
    let mut shown = Vec::new();
    for stored in cx.list::<LaunchTemplate>() {
        shown.extend(these(texts, stored.key.id(), stored.record, cx)?);
    }
    Ok(shown)
}

fn of_one_template(
    input: &DescribeLaunchTemplateVersionsInput,
    id: &str,
    template: &LaunchTemplate,
    cx: &Reader,
) -> Result<Vec<ShownVersion>, ServiceError> {
    let texts = input.versions.as_deref().unwrap_or_default();
    let bounded = input.min_version.is_some() || input.max_version.is_some();
    match (texts.is_empty(), bounded) {
        (false, true) => Err(errors::versions_and_bounds()),
        (false, false) => these(texts, id, template, cx),
        (true, _) => {
            let bounds = bounds(input)?;
            let versions = LaunchTemplateVersion::all(id, cx);
            let numbered =
                versions.map(|version| (LaunchTemplateVersion::number(version.key.id()), version.record));
            let within = numbered.filter(|(number, _)| bounds.contains(number));
            Ok(within.map(|(number, version)| ShownVersion::new(id, template, number, version)).collect())
        }
    }
}

fn these(
    texts: &[String],
    id: &str,
    template: &LaunchTemplate,
    cx: &Reader,
) -> Result<Vec<ShownVersion>, ServiceError> {
    let found = texts.iter().map(|text| version(id, template, text, cx));
    found
        .map(|found| found.map(|(number, version)| ShownVersion::new(id, template, number, version)))
        .collect()
}

fn bounds(input: &DescribeLaunchTemplateVersionsInput) -> Result<RangeInclusive<u64>, ServiceError> {
    let number = |text: &String| text.parse().map_err(|_| errors::launch_template_version_malformed(text));
    let least = input.min_version.as_ref().map(number).transpose()?.unwrap_or(0);
    let most = input.max_version.as_ref().map(number).transpose()?.unwrap_or(u64::MAX);
    Ok(least..=most)
}
