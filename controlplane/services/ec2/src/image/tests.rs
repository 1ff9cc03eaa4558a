use super::deregister_image::{DeregisterImage, DeregisterImageInput};
use super::describe_image_attribute::{DescribeImageAttribute, DescribeImageAttributeInput};
use super::describe_images::{DescribeImages, DescribeImagesInput};
use super::modify_image_attribute::{
    LaunchPermissionModifications, ModifyImageAttribute, ModifyImageAttributeInput, Permission,
};
use super::reset_image_attribute::{ResetImageAttribute, ResetImageAttributeInput};
use super::*;
use crate::attribute::AttributeValue;
use crate::filter::Filter;
use crate::instance::Instance;
use crate::instance::tests::running;
use crate::tests::context;
use controlplane_services_kernel::{Caller, Context, Declarative, Operation, Query, ServiceError, record};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn provided() -> Context {
    let mut cx = context();
    ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, &mut cx).unwrap();
    cx
}

fn import(name: &str, digest: &str, cx: &mut Context) -> Result<String, ServiceError> {
    let input = ImportImageInput {
        name: name.into(),
        digest: digest.into(),
        command: vec!["/bin/serve".into()],
        environment: vec!["A=b".into()],
        ..Default::default()
    };
    ImportImage::run(&input, cx).map(|output| output.image_id)
}

fn names(input: DescribeImagesInput, cx: &Context) -> Result<Vec<String>, String> {
    let output = DescribeImages::run(&input, cx).map_err(|error| error.code.into_owned())?;
    Ok(output.images.into_iter().map(|image| image.name).collect())
}

fn owned_by(owner: &str) -> DescribeImagesInput {
    DescribeImagesInput { owners: Some(vec![owner.into()]), ..Default::default() }
}

fn with_ids(id: &str) -> DescribeImagesInput {
    DescribeImagesInput { image_ids: Some(vec![id.into()]), ..Default::default() }
}

fn spec(id: &str, source: &str) -> ImageSpec {
    ImageSpec {
        image_id: Some(id.into()),
        name: None,
        source: source.into(),
        description: String::new(),
        command: vec![],
        tags: Default::default(),
    }
}

#[test]
fn the_regions_own_image_is_provided_once() {
    let cx = provided();
    let mut again = Context::new(cx.view.clone(), cx.caller.clone(), cx.now, [1; 32]);
    ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, &mut again).unwrap();
    assert!(again.into_changes().is_empty());
    let image = find(BUILTIN_WEB_ID, &cx).unwrap();
    assert_eq!(
        (image.key.account().as_str(), image.source.to_text().as_str()),
        ("000000000000", "builtin:web")
    );
    assert_eq!(record::decode::<Image>(&record::encode(image.record)).unwrap(), *image.record);
}

#[test]
fn images_are_found_by_owner_id_and_filter() {
    let mut cx = provided();
    let id = import("mine", DIGEST, &mut cx).unwrap();
    assert_eq!(names(DescribeImagesInput::default(), &cx).unwrap().len(), 2);
    assert_eq!(names(owned_by("self"), &cx).unwrap(), ["mine"]);
    assert_eq!(names(owned_by("123456789012"), &cx).unwrap(), ["mine"]);
    assert_eq!(names(owned_by("amazon"), &cx).unwrap(), ["hearth/web"]);
    assert_eq!(names(owned_by("999999999999"), &cx).unwrap(), [""; 0]);
    assert_eq!(names(with_ids(&id), &cx).unwrap(), ["mine"]);
    assert_eq!(names(with_ids(BUILTIN_WEB_ID), &cx).unwrap(), ["hearth/web"]);
    assert_eq!(names(with_ids("ami-0bad"), &cx).unwrap_err(), "InvalidAMIID.NotFound");
    assert_eq!(names(with_ids("bad"), &cx).unwrap_err(), "InvalidAMIID.Malformed");
    let filters = Some(vec![Filter { name: "name".into(), values: vec!["hearth/*".into()] }]);
    assert_eq!(names(DescribeImagesInput { filters, ..Default::default() }, &cx).unwrap(), ["hearth/web"]);
}

#[test]
fn the_same_archive_under_the_same_name_is_the_same_image() {
    let mut cx = provided();
    let id = import("mine", DIGEST, &mut cx).unwrap();
    assert_eq!(import("mine", DIGEST, &mut cx).unwrap(), id);
    let other = DIGEST.replace('0', "f");
    for (name, digest, code) in [
        ("mine", other.as_str(), "InvalidAMIName.Duplicate"),
        ("x", DIGEST, "InvalidAMIName.Malformed"),
        ("a;b", DIGEST, "InvalidAMIName.Malformed"),
        ("fine", "sha256:12", "InvalidParameterValue"),
        ("fine", "builtin:web", "InvalidParameterValue"),
    ] {
        assert_eq!(import(name, digest, &mut cx).unwrap_err().code, code, "{name} {digest}");
    }
}

#[test]
fn a_deregistered_image_stays_while_it_is_used() {
    let mut cx = provided();
    let id = import("mine", DIGEST, &mut cx).unwrap();
    let deregister = |id: &str, cx: &mut Context| {
        DeregisterImage::run(&DeregisterImageInput { image_id: id.into(), dry_run: None }, cx)
    };
    let mut instance = running();
    instance.image_id = id.as_str().into();
    instance.image_owner = None;
    cx.put("i-1", instance.clone());
    deregister(&id, &mut cx).unwrap();
    assert!(find(&id, &cx).is_some_and(|image| image.deregistered));
    assert_eq!(launchable(&id, &cx).unwrap_err().code, "InvalidAMIID.NotFound");
    assert_eq!(names(owned_by("self"), &cx).unwrap(), [""; 0]);
    cx.delete::<crate::instance::Instance>("i-1");
    forget_unused(&instance, &mut cx);
    assert!(find(&id, &cx).is_none());
    assert_eq!(deregister(&id, &mut cx).unwrap_err().code, "InvalidAMIID.NotFound");
    assert_eq!(deregister(BUILTIN_WEB_ID, &mut cx).unwrap_err().code, "AuthFailure");
}

#[test]
fn a_manifest_fixes_an_id() {
    let mut cx = provided();
    let id = Image::create("ubuntu", spec("ami-0c55b159cbfafe1f0", "builtin:web"), &mut cx).unwrap();
    assert_eq!(id, "ami-0c55b159cbfafe1f0");
    assert_eq!(launchable(&id, &cx).unwrap().name, "ubuntu");
    assert_eq!(Image::find("hearth/web", &cx).as_deref(), Some(BUILTIN_WEB_ID));
    assert_eq!(Image::find(BUILTIN_WEB_ID, &cx).as_deref(), Some(BUILTIN_WEB_ID));
    for (name, spec, expected) in [
        ("again", spec("ami-0c55b159cbfafe1f0", "builtin:web"), "is in use"),
        ("ubuntu", spec("ami-2", "builtin:web"), "already in use"),
        ("other", spec("ami-2", "builtin:nothing"), "web"),
        ("other", spec("ami-2", DIGEST), "import"),
        ("other", spec("x-2", "builtin:web"), "x-2"),
    ] {
        let error = Image::create(name, spec, &mut cx).unwrap_err();
        assert!(error.message.contains(expected), "{name}: {}", error.message);
    }
    let described = ImageSpec { description: "new".into(), ..spec(&id, "builtin:web") };
    Image::update(&id, spec(&id, "builtin:web"), described, &mut cx).unwrap();
    assert_eq!(launchable(&id, &cx).unwrap().description, "new");
}

const NGINX: &str =
    "docker.io/library/nginx:1.27@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn platform(architecture: &str) -> Platform {
    Platform {
        architecture: architecture.into(),
        digest: DIGEST.replace('0', "a"),
        size_bytes: 58,
        command: vec!["nginx".into()],
        user: "web".into(),
        ..Platform::default()
    }
}

fn pull(
    name: &str,
    reference: &str,
    platforms: Vec<Platform>,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let input = RegisterPulledImageInput {
        name: name.into(),
        reference: reference.into(),
        platforms,
        ..RegisterPulledImageInput::default()
    };
    RegisterPulledImage::run(&input, cx).map(|output| output.image_id)
}

#[test]
fn a_pulled_image_is_what_the_registry_said() {
    let mut cx = provided();
    let both = || vec![platform("amd64"), platform("arm64")];
    let id = pull("web", NGINX, both(), &mut cx).unwrap();
    assert_eq!(pull("web", NGINX, both(), &mut cx).unwrap(), id, "said again it is the same");
    let image = launchable(&id, &cx).unwrap().record.clone();
    assert_eq!(record::decode::<Image>(&record::encode(&image)).unwrap(), image);
    assert_eq!((image.source.to_text().as_str(), image.size_bytes), (NGINX, 58));
    assert_eq!(image.source.platforms(), both());
    let arm = pull("arm", NGINX, vec![platform("arm64")], &mut cx).unwrap();
    let filters = Some(vec![Filter { name: "architecture".into(), values: vec!["arm64".into()] }]);
    assert_eq!(names(DescribeImagesInput { filters, ..Default::default() }, &cx).unwrap(), ["arm"]);
    assert_ne!(arm, id);
    for (name, value, expected) in
        [("manifest-location", "*/nginx:1.27@*", &["arm", "web"][..]), ("kernel-id", "*", &[])]
    {
        let filters = Some(vec![Filter { name: name.into(), values: vec![value.into()] }]);
        let mut found = names(DescribeImagesInput { filters, ..Default::default() }, &cx).unwrap();
        found.sort();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_a_registry_cannot_have_said_is_refused() {
    let mut cx = provided();
    let nameless = Platform { digest: "sha256:12".into(), ..platform("amd64") };
    for (reference, platforms, expected) in [
        ("docker.io/library/nginx:1.27", vec![platform("amd64")], "A tag may mean other bytes"),
        ("Nginx@x", vec![platform("amd64")], "source"),
        (DIGEST, vec![platform("amd64")], "source"),
        ("builtin:web", vec![platform("amd64")], "source"),
        (NGINX, vec![], "between 1 and 8"),
        (NGINX, vec![platform("mips")], "Nodes are: amd64, arm64"),
        (NGINX, vec![platform("amd64"), platform("amd64")], "given twice"),
        (NGINX, vec![nameless], "sha256:12"),
    ] {
        let error = pull("web", reference, platforms, &mut cx).unwrap_err();
        assert!(error.message.contains(expected), "{reference}: {}", error.message);
    }
    pull("web", NGINX, vec![platform("amd64")], &mut cx).unwrap();
    let moved = NGINX.replace("0123", "3210");
    let error = pull("web", &moved, vec![platform("amd64")], &mut cx).unwrap_err();
    assert_eq!((error.code.as_ref(), error.hint.is_some()), ("InvalidAMIName.Duplicate", true));
}

#[test]
fn a_manifest_names_a_registry_by_digest() {
    let mut cx = provided();
    let short = format!("nginx@{DIGEST}");
    let whole = format!("docker.io/library/nginx@{DIGEST}");
    let id = Image::create("bare", spec("ami-8", &short), &mut cx).unwrap();
    let image = launchable(&id, &cx).unwrap();
    assert_eq!((image.source.to_text(), image.source.platforms().len()), (whole.clone(), 0));
    let canonical = |source: &str| Image::canonical(spec(&id, source)).unwrap().source;
    assert_eq!(canonical(&short), canonical(&whole), "another way to write the same");
    assert_ne!(canonical(&short), canonical(NGINX));
    pull("web", NGINX, vec![platform("amd64")], &mut cx).unwrap();
    let known = Image::create("known", spec("ami-9", NGINX), &mut cx).unwrap();
    assert_eq!(launchable(&known, &cx).unwrap().source.platforms().len(), 1, "somebody has looked");
    let error = Image::create("tagged", spec("ami-10", "nginx:1.27"), &mut cx).unwrap_err();
    assert!(error.hint.is_some_and(|hint| hint.contains("hearth image pull nginx:1.27")));
}

#[test]
fn a_manifest_of_an_imported_archive_starts_what_the_archive_says() {
    let mut cx = provided();
    import("mine", DIGEST, &mut cx).unwrap();
    let id = Image::create("known", spec("ami-7", DIGEST), &mut cx).unwrap();
    let image = launchable(&id, &cx).unwrap();
    assert_eq!(
        (image.command.as_slice(), image.environment.as_slice()),
        (&["/bin/serve".into()][..], &["A=b".into()][..])
    );
}

fn permit(id: &str, user_id: Option<&str>, group: Option<&str>) -> ModifyImageAttributeInput {
    let permission = Permission { user_id: user_id.map(Into::into), group: group.map(Into::into) };
    let launch_permission = LaunchPermissionModifications { add: vec![permission], remove: vec![] };
    ModifyImageAttributeInput {
        image_id: id.into(),
        launch_permission: Some(launch_permission),
        ..Default::default()
    }
}

fn by_operation(id: &str, operation: &str, user_ids: &[&str], groups: &[&str]) -> ModifyImageAttributeInput {
    let texts = |texts: &[&str]| (!texts.is_empty()).then(|| texts.iter().map(|&text| text.into()).collect());
    ModifyImageAttributeInput {
        image_id: id.into(),
        attribute: Some("launchPermission".into()),
        operation_type: Some(operation.into()),
        user_ids: texts(user_ids),
        user_groups: texts(groups),
        ..Default::default()
    }
}

const OTHER: &str = "210987654321";

fn as_other<T>(cx: &mut Context, act: impl FnOnce(&mut Context) -> T) -> T {
    let caller = Caller { account: OTHER.into(), ..cx.caller.clone() };
    cx.acting_as(caller, act)
}

fn permissions(id: &str, cx: &Context) -> Vec<Permission> {
    let input = DescribeImageAttributeInput {
        image_id: id.into(),
        attribute: "launchPermission".into(),
        dry_run: None,
    };
    DescribeImageAttribute::run(&input, cx).unwrap().launch_permissions.unwrap()
}

#[test]
fn an_image_is_launched_by_those_it_is_shared_with() {
    let mut cx = provided();
    let id = import("mine", DIGEST, &mut cx).unwrap();
    let reset = ResetImageAttributeInput {
        image_id: id.clone(),
        attribute: "launchPermission".into(),
        dry_run: None,
    };
    as_other(&mut cx, |cx| assert_eq!(launchable(&id, cx).err().unwrap().code, "InvalidAMIID.NotFound"));
    for share in [
        permit(&id, Some(OTHER), None),
        permit(&id, None, Some("all")),
        by_operation(&id, "add", &[OTHER], &[]),
        by_operation(&id, "add", &[], &["all"]),
    ] {
        ModifyImageAttribute::run(&share, &mut cx).unwrap();
        assert_eq!(permissions(&id, &cx).len(), 1, "{share:?}");
        as_other(&mut cx, |cx| {
            assert_eq!(launchable(&id, cx).unwrap().name, "mine");
            assert_eq!(names(DescribeImagesInput::default(), cx).unwrap().len(), 2);
            assert_eq!(names(owned_by("self"), cx).unwrap(), [""; 0]);
            let refused =
                ModifyImageAttribute::run(&by_operation(&id, "remove", &[OTHER], &[]), cx).unwrap_err();
            assert_eq!(refused.code, "AuthFailure");
        });
        ResetImageAttribute::run(&reset, &mut cx).unwrap();
        assert_eq!(permissions(&id, &cx), []);
        as_other(&mut cx, |cx| assert!(launchable(&id, cx).is_err()));
    }
}

#[test]
fn who_may_launch_is_a_filter() {
    let mut cx = provided();
    let id = import("mine", DIGEST, &mut cx).unwrap();
    ModifyImageAttribute::run(&by_operation(&id, "add", &[OTHER], &[]), &mut cx).unwrap();
    let by =
        |user: &str| DescribeImagesInput { executable_users: Some(vec![user.into()]), ..Default::default() };
    assert_eq!(names(by(OTHER), &cx).unwrap(), ["mine"]);
    assert_eq!(names(by("all"), &cx).unwrap(), ["hearth/web"]);
    assert_eq!(names(by("self"), &cx).unwrap(), [""; 0]);
    as_other(&mut cx, |cx| assert_eq!(names(by("self"), cx).unwrap(), ["mine"]));
}

#[test]
fn an_instance_keeps_an_image_that_is_shared_no_more() {
    let mut cx = provided();
    let id = import("mine", DIGEST, &mut cx).unwrap();
    let owner = cx.caller.account.to_string();
    ModifyImageAttribute::run(&by_operation(&id, "add", &[OTHER], &[]), &mut cx).unwrap();
    let instance = Instance { image_id: id.clone(), image_owner: Some(owner), ..running() };
    as_other(&mut cx, |cx| cx.put("i-1", instance.clone()));
    DeregisterImage::run(&DeregisterImageInput { image_id: id.clone(), dry_run: None }, &mut cx).unwrap();
    as_other(&mut cx, |cx| {
        assert!(launchable(&id, cx).is_err());
        assert_eq!(of_instance(&instance, cx).unwrap().name, "mine");
        cx.delete::<Instance>("i-1");
        forget_unused(&instance, cx);
        assert!(of_instance(&instance, cx).is_none());
    });
}

#[test]
fn bad_launch_permissions_are_refused() {
    let mut cx = provided();
    let id = import("mine", DIGEST, &mut cx).unwrap();
    let both = ModifyImageAttributeInput {
        description: Some(AttributeValue { value: "x".into() }),
        ..permit(&id, Some(OTHER), None)
    };
    let value = |attribute: Option<&str>| ModifyImageAttributeInput {
        image_id: id.clone(),
        attribute: attribute.map(Into::into),
        value: Some("x".repeat(256)),
        ..Default::default()
    };
    let nothing = ModifyImageAttributeInput { image_id: id.clone(), ..Default::default() };
    for (input, code) in [
        (permit(&id, Some("12345"), None), "InvalidAMIAttributeItemValue"),
        (permit(&id, None, Some("some")), "InvalidAMIAttributeItemValue"),
        (permit(&id, Some(OTHER), Some("all")), "InvalidParameterCombination"),
        (permit(&id, None, None), "InvalidParameterCombination"),
        (permit("ami-123", Some(OTHER), None), "InvalidAMIID.NotFound"),
        (permit(BUILTIN_WEB_ID, Some(OTHER), None), "AuthFailure"),
        (by_operation(&id, "set", &[OTHER], &[]), "MissingParameter"),
        (by_operation(&id, "add", &[], &[]), "MissingParameter"),
        (both, "InvalidParameterCombination"),
        (value(Some("description")), "InvalidParameterValue"),
        (value(Some("kernel")), "InvalidParameterValue"),
        (value(None), "MissingParameter"),
        (nothing, "MissingParameter"),
    ] {
        let error = ModifyImageAttribute::run(&input, &mut cx).unwrap_err();
        assert_eq!(error.code, code, "{input:?}: {}", error.message);
    }
    let many: Vec<String> = (0..=1_000).map(|number| format!("{number:012}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let error = ModifyImageAttribute::run(&by_operation(&id, "add", &many, &[]), &mut cx).unwrap_err();
    assert_eq!(error.code, "ResourceLimitExceeded");
    assert_eq!(permissions(&id, &cx), []);
}
