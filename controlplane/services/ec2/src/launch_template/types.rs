use super::data::LaunchTemplateData;
use crate::errors::{self, Noun};
use crate::resource::{Resource, require};
use controlplane_services_kernel::{Reader, Record, ServiceError, Stored};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Index: the template's name.
pub const BY_NAME: &str = "name";

/// A launch template. Id: `lt-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct LaunchTemplate {
    /// Unique in the account and region.
    #[n(0)]
    pub name: String,
    /// When.
    #[n(1)]
    pub created_at: Timestamp,
    /// ARN of the principal.
    #[n(2)]
    pub created_by: String,
    /// What `$Default` means.
    #[n(3)]
    pub default_version: u64,
    /// What `$Latest` means.
    #[n(4)]
    pub latest_version: u64,
    /// The highest number ever given.
    #[n(5)]
    pub last_number: u64,
}

/// One version. Id: `lt-.../<number, ten digits>`. Never changes.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct LaunchTemplateVersion {
    /// For people.
    #[n(0)]
    pub description: Option<String>,
    /// When.
    #[n(1)]
    pub created_at: Timestamp,
    /// ARN of the principal.
    #[n(2)]
    pub created_by: String,
    /// As it was said, under AWS's names of the members, which AWS never changes.
    #[cbor(n(3), with = "json")]
    pub data: LaunchTemplateData,
}

impl Record for LaunchTemplate {
    const KIND: &'static str = "launch_template";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_NAME, &self.name);
    }
}

impl Record for LaunchTemplateVersion {
    const KIND: &'static str = "launch_template_version";
}

impl Resource for LaunchTemplate {
    const NOUN: &'static Noun = &errors::LAUNCH_TEMPLATE;
}

impl LaunchTemplateVersion {
    /// The id of a version.
    pub fn id(template: &str, number: u64) -> String {
        format!("{template}/{number:010}")
    }

    /// The number in an id.
    pub fn number(id: &str) -> u64 {
        id.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// Every version of a template, in order.
    pub fn all<'r>(template: &'r str, cx: &'r Reader) -> impl Iterator<Item = Stored<'r, Self>> {
        let prefix = format!("{template}/");
        cx.list_from::<Self>(&prefix).take_while(move |version| version.key.id().starts_with(&prefix))
    }
}

/// How a caller names a version of a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct LaunchTemplateSpecification {
    /// Id of the template; this or `launchTemplateName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_template_id: Option<String>,
    /// Name of the template; this or `launchTemplateId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_template_name: Option<String>,
    /// Which version: a number, `$Default` or `$Latest`. Absent: `$Default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A version that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// `lt-...`
    pub id: String,
    /// The template's name.
    pub name: String,
    /// The version's number.
    pub number: u64,
    /// What it says.
    pub data: LaunchTemplateData,
}

/// The caller's template with this name.
pub fn find_by_name<'r>(name: &str, cx: &'r Reader) -> Option<Stored<'r, LaunchTemplate>> {
    cx.find::<LaunchTemplate>(BY_NAME, name).next()
}

/// The id and record of the template named by id or by name, of which exactly one is given.
pub(super) fn named<'r>(
    id: Option<&str>,
    name: Option<&str>,
    cx: &'r Reader,
) -> Result<(String, &'r LaunchTemplate), ServiceError> {
    match (id, name) {
        (Some(id), None) => Ok((id.to_owned(), require::<LaunchTemplate>(id, cx)?)),
        (None, Some(name)) => {
            let found = find_by_name(name, cx).ok_or_else(|| errors::no_launch_template_named(name))?;
            Ok((found.key.id().to_owned(), found.record))
        }
        (None, None) => Err(errors::missing_parameter("LaunchTemplateId")),
        (Some(_), Some(_)) => Err(errors::launch_template_id_and_name()),
    }
}

/// The version a caller means.
pub fn resolve(specification: &LaunchTemplateSpecification, cx: &Reader) -> Result<Resolved, ServiceError> {
    let (id, name) =
        (specification.launch_template_id.as_deref(), specification.launch_template_name.as_deref());
    let (id, template) = named(id, name, cx)?;
    let (number, version) =
        version(&id, template, specification.version.as_deref().unwrap_or("$Default"), cx)?;
    Ok(Resolved { name: template.name.clone(), number, data: version.data.clone(), id })
}

/// The version of a template that `text` means, with its number.
pub fn version<'r>(
    id: &str,
    template: &LaunchTemplate,
    text: &str,
    cx: &'r Reader,
) -> Result<(u64, &'r LaunchTemplateVersion), ServiceError> {
    let number = match text {
        "$Default" => template.default_version,
        "$Latest" => template.latest_version,
        number => number.parse().map_err(|_| errors::launch_template_version_malformed(number))?,
    };
    let found = cx.get::<LaunchTemplateVersion>(&LaunchTemplateVersion::id(id, number));
    found.map(|found| (number, found)).ok_or_else(|| errors::no_launch_template_version(id, text))
}

/// Data inside a record as JSON text.
mod json {
    use super::LaunchTemplateData;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    pub(super) fn encode<C, W: Write>(
        data: &LaunchTemplateData,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        let text = serde_json::to_string(data).map_err(|error| EncodeError::message(error.to_string()))?;
        encoder.str(&text)?.ok()
    }

    pub(super) fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<LaunchTemplateData, DecodeError> {
        serde_json::from_str(decoder.str()?).map_err(|error| DecodeError::message(error.to_string()))
    }
}
