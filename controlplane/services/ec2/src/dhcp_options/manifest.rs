use super::DhcpOptions;
use super::ops::create_dhcp_options::{CreateDhcpOptions, CreateDhcpOptionsInput};
use super::ops::delete_dhcp_options::{DeleteDhcpOptions, DeleteDhcpOptionsInput};
use super::validate::{self, DhcpConfiguration};
use crate::errors;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which DNS servers instances ask and which domains they search, for VPCs that name the set. It cannot change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DhcpOptionsSpec {
    /// The options, each once and at least one of them.
    dhcp_configurations: Vec<ConfigurationSpec>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(default)]
    tags: Tags,
}

/// An option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfigurationSpec {
    /// `domain-name` or `domain-name-servers`.
    key: String,
    /// Of `domain-name` one domain, or several with spaces between; of `domain-name-servers` up to four addresses,
    /// or `AmazonProvidedDNS`, the VPC's own resolver.
    values: Vec<String>,
}

impl DhcpOptionsSpec {
    fn requests(&self) -> Vec<DhcpConfiguration> {
        let request = |said: &ConfigurationSpec| DhcpConfiguration {
            key: said.key.clone(),
            values: said.values.clone(),
        };
        self.dhcp_configurations.iter().map(request).collect()
    }
}

impl Declarative for DhcpOptions {
    type Spec = DhcpOptionsSpec;
    const IMMUTABLE: &'static [&'static str] = &["dhcpConfigurations"];

    fn canonical(spec: DhcpOptionsSpec) -> Result<DhcpOptionsSpec, ServiceError> {
        let said = validate::options(&spec.requests())?.said().into_iter();
        let dhcp_configurations =
            said.map(|(key, values)| ConfigurationSpec { key: key.to_owned(), values }).collect();
        Ok(DhcpOptionsSpec { dhcp_configurations, ..spec })
    }

    fn create(_: &str, spec: DhcpOptionsSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = CreateDhcpOptionsInput {
            dhcp_configurations: spec.requests(),
            tag_specifications: tag::from_manifest(&spec.tags, &errors::DHCP_OPTIONS),
            dry_run: None,
        };
        Ok(CreateDhcpOptions::run(&input, cx)?.dhcp_options.dhcp_options_id)
    }

    fn update(
        id: &str,
        live: DhcpOptionsSpec,
        wanted: DhcpOptionsSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        tag::redeclare(&errors::DHCP_OPTIONS, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        DeleteDhcpOptions::run(
            &DeleteDhcpOptionsInput { dhcp_options_id: id.to_owned(), dry_run: None },
            cx,
        )?;
        Ok(Deletion::Done)
    }
}
