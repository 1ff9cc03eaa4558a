use super::create_launch_template::{CreateLaunchTemplate, CreateLaunchTemplateInput};
use super::create_launch_template_version::{CreateLaunchTemplateVersion, CreateLaunchTemplateVersionInput};
use super::delete_launch_template::{DeleteLaunchTemplate, DeleteLaunchTemplateInput};
use super::delete_launch_template_versions::{
    DeleteLaunchTemplateVersions, DeleteLaunchTemplateVersionsInput,
};
use super::describe_launch_template_versions::{
    DescribeLaunchTemplateVersions, DescribeLaunchTemplateVersionsInput,
};
use super::describe_launch_templates::{DescribeLaunchTemplates, DescribeLaunchTemplatesInput};
use super::modify_launch_template::{ModifyLaunchTemplate, ModifyLaunchTemplateInput};
use super::*;
use crate::tag::{Tag, TagSpecification};
use crate::tests::context;
use controlplane_services_kernel::{Context, Declarative, Operation, Query, ServiceError, record};
use serde_json::json;

/// A template with one version; answers its id.
pub(crate) fn create(
    name: &str,
    data: &LaunchTemplateData,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let input = CreateLaunchTemplateInput {
        launch_template_name: name.into(),
        launch_template_data: data.clone(),
        ..Default::default()
    };
    CreateLaunchTemplate::run(&input, cx).map(|output| output.launch_template.launch_template_id)
}

fn sized(instance_type: &str) -> LaunchTemplateData {
    LaunchTemplateData { instance_type: Some(instance_type.into()), ..Default::default() }
}

fn add(
    id: &str,
    source: Option<&str>,
    data: LaunchTemplateData,
    cx: &mut Context,
) -> Result<u64, ServiceError> {
    let input = CreateLaunchTemplateVersionInput {
        launch_template_id: Some(id.into()),
        source_version: source.map(str::to_owned),
        launch_template_data: data,
        ..Default::default()
    };
    CreateLaunchTemplateVersion::run(&input, cx).map(|output| output.launch_template_version.version_number)
}

fn resolved(id: &str, version: Option<&str>, cx: &Context) -> Result<(u64, Option<String>), String> {
    let specification = LaunchTemplateSpecification {
        launch_template_id: Some(id.into()),
        launch_template_name: None,
        version: version.map(str::to_owned),
    };
    let found = resolve(&specification, cx).map_err(|error| error.code.into_owned())?;
    Ok((found.number, found.data.instance_type))
}

fn numbers(input: DescribeLaunchTemplateVersionsInput, cx: &Context) -> Result<Vec<u64>, String> {
    let output = DescribeLaunchTemplateVersions::run(&input, cx).map_err(|error| error.code.into_owned())?;
    Ok(output.launch_template_versions.into_iter().map(|shown| shown.version_number).collect())
}

#[test]
fn versions_are_numbered_and_named() {
    let mut cx = context();
    let id = create("web", &sized("t3.nano"), &mut cx).unwrap();
    assert_eq!(add(&id, None, sized("t3.micro"), &mut cx).unwrap(), 2);
    let nano = || Some("t3.nano".to_owned());
    for (version, expected) in [
        (None, Ok((1, nano()))),
        (Some("$Default"), Ok((1, nano()))),
        (Some("$Latest"), Ok((2, Some("t3.micro".to_owned())))),
        (Some("1"), Ok((1, nano()))),
        (Some("3"), Err("InvalidLaunchTemplateId.VersionNotFound".to_owned())),
        (Some("newest"), Err("InvalidParameterValue".to_owned())),
    ] {
        assert_eq!(resolved(&id, version, &cx), expected, "{version:?}");
    }
    let input = ModifyLaunchTemplateInput {
        launch_template_name: Some("web".into()),
        default_version: Some("2".into()),
        ..Default::default()
    };
    assert_eq!(ModifyLaunchTemplate::run(&input, &mut cx).unwrap().launch_template.default_version_number, 2);
    assert_eq!(resolved(&id, None, &cx).unwrap().0, 2);
}

#[test]
fn a_new_version_builds_on_its_source() {
    let mut cx = context();
    let base = LaunchTemplateData { key_name: Some("key".into()), ..sized("t3.nano") };
    let id = create("web", &base, &mut cx).unwrap();
    add(&id, Some("1"), sized("t3.micro"), &mut cx).unwrap();
    add(&id, None, sized("t3.small"), &mut cx).unwrap();
    let key_of = |version: &str| {
        let template = cx.get::<LaunchTemplate>(&id).unwrap();
        super::version(&id, template, version, &cx).unwrap().1.data.key_name.clone()
    };
    assert_eq!((key_of("2"), key_of("3")), (Some("key".into()), None));
}

#[test]
fn records_survive_encoding() {
    let mut cx = context();
    let data = LaunchTemplateData {
        network_interfaces: Some(vec![InterfaceSpecification {
            device_index: Some(0),
            ..Default::default()
        }]),
        security_group_ids: None,
        ..sized("t3.nano")
    };
    let id = create("web", &data, &mut cx).unwrap();
    let template = cx.get::<LaunchTemplate>(&id).unwrap();
    assert_eq!(record::decode::<LaunchTemplate>(&record::encode(template)).unwrap(), *template);
    let version = cx.get::<LaunchTemplateVersion>(&LaunchTemplateVersion::id(&id, 1)).unwrap();
    assert_eq!(record::decode::<LaunchTemplateVersion>(&record::encode(version)).unwrap(), *version);
}

#[test]
fn versions_are_described_by_number_bounds_and_symbol() {
    let mut cx = context();
    let id = create("web", &sized("t3.nano"), &mut cx).unwrap();
    for size in ["t3.micro", "t3.small"] {
        add(&id, None, sized(size), &mut cx).unwrap();
    }
    create("other", &sized("m5.large"), &mut cx).unwrap();
    let of = |versions: &[&str], least: Option<&str>| DescribeLaunchTemplateVersionsInput {
        launch_template_id: Some(id.clone()),
        versions: (!versions.is_empty()).then(|| versions.iter().map(|text| (*text).to_owned()).collect()),
        min_version: least.map(str::to_owned),
        ..Default::default()
    };
    assert_eq!(numbers(of(&[], None), &cx).unwrap(), [1, 2, 3]);
    assert_eq!(numbers(of(&["$Latest", "$Default", "3"], None), &cx).unwrap(), [1, 3]);
    assert_eq!(numbers(of(&[], Some("2")), &cx).unwrap(), [2, 3]);
    assert_eq!(numbers(of(&["1"], Some("2")), &cx).unwrap_err(), "InvalidParameterCombination");
    assert_eq!(numbers(of(&["9"], None), &cx).unwrap_err(), "InvalidLaunchTemplateId.VersionNotFound");
    let of_all =
        DescribeLaunchTemplateVersionsInput { versions: Some(vec!["$Latest".into()]), ..Default::default() };
    let mut latest = numbers(of_all, &cx).unwrap();
    latest.sort_unstable();
    assert_eq!(latest, [1, 3]);
    assert_eq!(numbers(Default::default(), &cx).unwrap_err(), "MissingParameter");
}

#[test]
fn deleting_versions_says_of_each_what_became_of_it() {
    let mut cx = context();
    let id = create("web", &sized("t3.nano"), &mut cx).unwrap();
    for size in ["t3.micro", "t3.small"] {
        add(&id, None, sized(size), &mut cx).unwrap();
    }
    let input = DeleteLaunchTemplateVersionsInput {
        launch_template_id: Some(id.clone()),
        versions: vec!["1".into(), "3".into(), "9".into()],
        ..Default::default()
    };
    let output = DeleteLaunchTemplateVersions::run(&input, &mut cx).unwrap();
    let deleted: Vec<u64> = output
        .successfully_deleted_launch_template_versions
        .iter()
        .map(|shown| shown.version_number)
        .collect();
    let kept: Vec<&str> = output
        .unsuccessfully_deleted_launch_template_versions
        .iter()
        .map(|shown| shown.response_error.code)
        .collect();
    assert_eq!((deleted, kept), (vec![3], vec!["unexpectedError", "launchTemplateVersionDoesNotExist"]));
    assert_eq!(resolved(&id, Some("$Latest"), &cx).unwrap().0, 2);
    assert_eq!(add(&id, None, sized("t3.large"), &mut cx).unwrap(), 4, "a number is never given twice");
}

#[test]
fn a_template_goes_with_its_versions() {
    let mut cx = context();
    let id = create("web", &sized("t3.nano"), &mut cx).unwrap();
    let named = |name: &str| DescribeLaunchTemplatesInput {
        launch_template_names: Some(vec![name.into()]),
        ..Default::default()
    };
    assert_eq!(DescribeLaunchTemplates::run(&named("web"), &cx).unwrap().launch_templates.len(), 1);
    let input = DeleteLaunchTemplateInput { launch_template_id: Some(id), ..Default::default() };
    DeleteLaunchTemplate::run(&input, &mut cx).unwrap();
    assert_eq!(cx.list::<LaunchTemplateVersion>().count(), 0);
    let error = DescribeLaunchTemplates::run(&named("web"), &cx).unwrap_err();
    assert_eq!(error.code, "InvalidLaunchTemplateName.NotFoundException");
    assert_eq!(
        DeleteLaunchTemplate::run(&input, &mut cx).unwrap_err().code,
        "InvalidLaunchTemplateId.NotFound"
    );
}

#[test]
fn what_is_wrong_has_the_code_aws_gives_it() {
    let mut cx = context();
    create("taken", &sized("t3.nano"), &mut cx).unwrap();
    let tag = |resource_type: &str| LaunchTemplateData {
        tag_specifications: Some(vec![TagSpecification {
            resource_type: resource_type.into(),
            tags: vec![Tag { key: "a".into(), value: "b".into() }],
        }]),
        ..Default::default()
    };
    for (name, data, code) in [
        ("taken", sized("t3.nano"), "InvalidLaunchTemplateName.AlreadyExistsException"),
        ("a", sized("t3.nano"), "InvalidLaunchTemplateName.MalformedException"),
        ("a b c", sized("t3.nano"), "InvalidLaunchTemplateName.MalformedException"),
        ("web", sized("t3.tiny"), "InvalidParameterValue"),
        (
            "web",
            LaunchTemplateData { user_data: Some("%".into()), ..Default::default() },
            "InvalidUserData.Malformed",
        ),
        ("web", tag("vpc"), "InvalidParameterValue"),
    ] {
        let told = format!("{name} {data:?}");
        assert_eq!(create(name, &data, &mut cx).unwrap_err().code, code, "{told}");
    }
    let both = DeleteLaunchTemplateInput {
        launch_template_id: Some("lt-1".into()),
        launch_template_name: Some("taken".into()),
        dry_run: None,
    };
    assert_eq!(DeleteLaunchTemplate::run(&both, &mut cx).unwrap_err().code, "InvalidParameterCombination");
}

#[test]
fn a_changed_manifest_is_a_new_default_version() {
    let mut cx = context();
    let spec = |instance_type: &str| -> LaunchTemplateSpec {
        serde_json::from_value(json!({"launchTemplateData": {"instanceType": instance_type}})).unwrap()
    };
    let id = LaunchTemplate::create("web", spec("t3.nano"), &mut cx).unwrap();
    LaunchTemplate::update(&id, spec("t3.nano"), spec("t3.nano"), &mut cx).unwrap();
    assert_eq!(resolved(&id, Some("$Latest"), &cx).unwrap().0, 1);
    LaunchTemplate::update(&id, spec("t3.nano"), spec("t3.micro"), &mut cx).unwrap();
    assert_eq!(resolved(&id, None, &cx).unwrap(), (2, Some("t3.micro".into())));
    assert_eq!(LaunchTemplate::find("web", &cx), Some(id));
}

#[test]
fn manifests_write_the_members_small() {
    let text = json!({"launchTemplateData": {
        "imageId": "ami-1",
        "tagSpecifications": [{"resourceType": "instance", "tags": [{"key": "a", "value": "b"}]}],
        "networkInterfaces": [{"deviceIndex": 0, "associatePublicIpAddress": true}],
    }});
    let spec: LaunchTemplateSpec = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&spec).unwrap(), text);
    for (data, expected) in [
        (json!({"imageIdd": "x"}), "unknown field `imageIdd`"),
        (json!({"ImageId": "x"}), "unknown field `ImageId`"),
        (json!({"networkInterfaces": [{"subnet": "x"}]}), "unknown field `subnet`"),
        (json!({"imageId": 5}), "invalid type"),
    ] {
        let error =
            serde_json::from_value::<LaunchTemplateSpec>(json!({"launchTemplateData": data})).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn what_is_said_later_wins_member_by_member() {
    let tags = |key: &str, value: &str| {
        let tag = Tag { key: key.into(), value: value.into() };
        vec![TagSpecification { resource_type: "instance".into(), tags: vec![tag] }]
    };
    let base = LaunchTemplateData {
        key_name: Some("key".into()),
        metadata_options: Some(MetadataOptionsRequest {
            http_tokens: Some("required".into()),
            ..Default::default()
        }),
        tag_specifications: Some(tags("a", "1")),
        ..sized("t3.nano")
    };
    let over = LaunchTemplateData {
        metadata_options: Some(MetadataOptionsRequest {
            http_endpoint: Some("enabled".into()),
            ..Default::default()
        }),
        tag_specifications: Some(tags("b", "2")),
        ..sized("t3.micro")
    };
    let joined = base.overridden_by(over);
    assert_eq!(
        (joined.key_name.as_deref(), joined.instance_type.as_deref()),
        (Some("key"), Some("t3.micro"))
    );
    let options = joined.metadata_options.unwrap();
    assert_eq!(
        (options.http_tokens.as_deref(), options.http_endpoint.as_deref()),
        (Some("required"), Some("enabled"))
    );
    let keys: Vec<String> =
        joined.tag_specifications.unwrap()[0].tags.iter().map(|tag| tag.key.clone()).collect();
    assert_eq!(keys, ["a", "b"]);
}
