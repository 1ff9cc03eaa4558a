use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Field, Filter, Filters, maybe, one};
use crate::image::sharing::{self, EVERYBODY, LaunchPermission};
use crate::image::types::{Image, Source, launchable};
use crate::page::Listing;
use crate::tag::{self, Tag};
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Query, Reader, Record, ServiceError};
use controlplane_types::AccountId;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html>
pub(crate) struct DescribeImages;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeImagesInput {
    pub(crate) image_ids: Option<Vec<String>>,
    pub(crate) executable_users: Option<Vec<String>>,
    pub(crate) owners: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeImagesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeImagesOutput {
    pub(crate) images: Vec<ShownImage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// An image as AWS shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShownImage {
    pub(crate) image_id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    image_location: String,
    owner_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_owner_alias: Option<&'static str>,
    creation_date: String,
    public: bool,
    state: &'static str,
    architecture: &'static str,
    image_type: &'static str,
    platform_details: &'static str,
    hypervisor: &'static str,
    virtualization_type: &'static str,
    root_device_type: &'static str,
    root_device_name: &'static str,
    tags: Vec<Tag>,
    /// Accounts and groups that may launch it; not shown.
    #[serde(skip)]
    launchable_by: Vec<String>,
}

impl ShownImage {
    fn new(id: &str, owner: &AccountId, image: &Image, cx: &Reader) -> Self {
        let of_the_region = owner.as_str() == SYSTEM_ACCOUNT;
        let alias = if of_the_region { "amazon" } else { owner.as_str() };
        Self {
            image_id: id.to_owned(),
            name: image.name.clone(),
            description: Some(image.description.clone()).filter(|text| !text.is_empty()),
            image_location: match &image.source {
                Source::Registry(_) => image.source.to_text(),
                Source::Builtin(_) | Source::Import(_) => format!("{alias}/{}", image.name),
            },
            owner_id: owner.to_string(),
            image_owner_alias: of_the_region.then_some("amazon"),
            creation_date: image.created_at.to_iso8601(),
            public: of_the_region || image.launch_permissions.contains(&LaunchPermission::Everybody),
            state: "available",
            architecture: architecture(image),
            image_type: "machine",
            platform_details: "Linux/UNIX",
            hypervisor: "xen",
            virtualization_type: "hvm",
            root_device_type: "ebs",
            root_device_name: "/dev/xvda",
            tags: tag::of(id, cx),
            launchable_by: match of_the_region {
                true => vec![EVERYBODY.to_owned()],
                false => image.launch_permissions.iter().map(|by| by.as_str().to_owned()).collect(),
            },
        }
    }

    /// Whether its permissions name `user`: an account, `self` or `all`.
    fn is_shared_with(&self, user: &str, cx: &Reader) -> bool {
        let user = if user == "self" { cx.caller.account.as_str() } else { user };
        self.launchable_by.iter().any(|by| by == user)
    }

    fn is_owned_by(&self, owner: &str, cx: &Reader) -> bool {
        match owner {
            "self" => self.owner_id == cx.caller.account.as_str(),
            "amazon" => self.image_owner_alias == Some("amazon"),
            owner => self.owner_id == owner,
        }
    }
}

/// AWS knows one architecture of an image; of an image that has several the one most instance types are of.
fn architecture(image: &Image) -> &'static str {
    let platforms = image.source.platforms();
    let only_arm = !platforms.is_empty() && platforms.iter().all(|platform| platform.architecture == "arm64");
    if only_arm { "arm64" } else { "x86_64" }
}

impl Described for ShownImage {
    const FILTERS: &'static [Field<Self>] = &[
        ("architecture", |shown| one(shown.architecture)),
        ("creation-date", |shown| one(&shown.creation_date)),
        ("description", |shown| maybe(&shown.description)),
        ("hypervisor", |shown| one(shown.hypervisor)),
        ("image-id", |shown| one(&shown.image_id)),
        ("image-type", |shown| one(shown.image_type)),
        ("is-public", |shown| one(shown.public)),
        ("manifest-location", |shown| one(&shown.image_location)),
        ("name", |shown| one(&shown.name)),
        ("owner-alias", |shown| maybe(&shown.image_owner_alias)),
        ("owner-id", |shown| one(&shown.owner_id)),
        ("root-device-name", |shown| one(shown.root_device_name)),
        ("root-device-type", |shown| one(shown.root_device_type)),
        ("state", |shown| one(shown.state)),
        ("virtualization-type", |shown| one(shown.virtualization_type)),
        // What no image here has: asking for it finds none.
        ("block-device-mapping.delete-on-termination", |_| Vec::new()),
        ("block-device-mapping.device-name", |_| Vec::new()),
        ("block-device-mapping.encrypted", |_| Vec::new()),
        ("block-device-mapping.snapshot-id", |_| Vec::new()),
        ("block-device-mapping.volume-size", |_| Vec::new()),
        ("block-device-mapping.volume-type", |_| Vec::new()),
        ("kernel-id", |_| Vec::new()),
        ("platform", |_| Vec::new()),
        ("product-code", |_| Vec::new()),
        ("product-code.type", |_| Vec::new()),
        ("ramdisk-id", |_| Vec::new()),
        ("source-image-id", |_| Vec::new()),
        ("source-image-region", |_| Vec::new()),
        ("source-instance-id", |_| Vec::new()),
        ("sriov-net-support", |_| Vec::new()),
        ("state-reason-code", |_| Vec::new()),
        ("state-reason-message", |_| Vec::new()),
    ];

    const ABSENT: &'static [&'static str] = &[
        "boot-mode",
        "ena-support",
        "free-tier-eligible",
        "image-allowed",
        "image-watermark.source-image-creation-time",
        "image-watermark.source-image-id",
        "image-watermark.source-image-region",
        "image-watermark.watermark-creation-time",
        "image-watermark.watermark-key",
        "instance-type-specification.supported-instance-type",
        "instance-type-specification.unsupported-instance-type",
        "public-ssm-parameter-name",
        "scan-result.critical-fix-available-since",
        "scan-result.finding-scan-date",
        "scan-result.high-fix-available-since",
        "scan-result.highest-finding-severity-label",
        "scan-result.informational-fix-available-since",
        "scan-result.low-fix-available-since",
        "scan-result.medium-fix-available-since",
    ];

    fn id(&self) -> &str {
        &self.image_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Query for DescribeImages {
    const NAME: &'static str = "DescribeImages";
    type Input = DescribeImagesInput;
    type Output = DescribeImagesOutput;

    fn run(input: &DescribeImagesInput, cx: &Reader) -> Result<DescribeImagesOutput, ServiceError> {
        let filters = Filters::read(input.filters.as_deref())?;
        let ids = input.image_ids.as_deref().unwrap_or_default();
        ids.iter().try_for_each(|id| launchable(id, cx).map(|_| ()))?;
        if !ids.is_empty() && (input.max_results.is_some() || input.next_token.is_some()) {
            return Err(errors::ids_with_paging());
        }
        let owners = input.owners.as_deref().unwrap_or_default();
        let shown = visible(cx).into_iter().filter(|shown| {
            let wanted = ids.is_empty() || ids.contains(&shown.image_id);
            let owned = owners.is_empty() || owners.iter().any(|owner| shown.is_owned_by(owner, cx));
            let users = input.executable_users.as_deref().unwrap_or_default();
            let shared = users.is_empty() || users.iter().any(|user| shown.is_shared_with(user, cx));
            wanted && owned && shared && filters.accept(shown)
        });
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (images, next_token) = listing.cut(Image::KIND, shown, |shown| shown.image_id.clone())?;
        Ok(DescribeImagesOutput { images, next_token })
    }
}

/// The account's images, the region's and those others share, by id. An account's own image hides another's with the same
/// id.
fn visible(cx: &Reader) -> Vec<ShownImage> {
    let regions = cx.view.list::<Image>(&SYSTEM_ACCOUNT.into(), &cx.scope::<Image>());
    let all = cx.list::<Image>().chain(regions).chain(sharing::with_caller(cx));
    let available = all.filter(|image| !image.deregistered);
    let mut shown: Vec<ShownImage> = available
        .map(|image| ShownImage::new(image.key.id(), &image.key.account(), image.record, cx))
        .collect();
    // A stable sort: of several with one id, the account's stays first.
    shown.sort_by(|a, b| a.image_id.cmp(&b.image_id));
    shown.dedup_by(|later, first| later.image_id == first.image_id);
    shown
}
